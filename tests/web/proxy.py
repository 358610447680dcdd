"""A network that can be cut: TCP connections, passed on until somebody says otherwise."""

import asyncio
import threading
from contextlib import suppress


class Proxy:
    """Listens on a port of its own and passes bytes on to another, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._is_cut = False
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(10)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def cut(self) -> None:
        """Tear every connection down, and each new one as soon as it comes."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._abort)

    def mend(self) -> None:
        self._is_cut = False

    def _abort(self) -> None:
        for writer in self._writers:
            # With a reset, as of a line that is gone: nothing that was buffered still comes.
            writer.transport.abort()

    def _run(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self._over.wait()
        server.close()
        self._abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks)

    async def _connected(self, near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        if self._is_cut:
            out.transport.abort()
            return
        far, forth = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {out, forth}
        await asyncio.gather(self._pass_on(near, forth), self._pass_on(far, out))
        self._writers -= {out, forth}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.transport.abort() if self._is_cut else writer.close()
