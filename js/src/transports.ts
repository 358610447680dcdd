import { createParser } from "eventsource-parser";

import type { WireEvent } from "./reader.ts";
import type { Failure } from "./types.ts";

/** Timers take no more: they would end at once. */
export const LONGEST = 2 ** 31 - 1;

/** One connection, from its beginning to its end. */
export interface Attempt {
  readonly url: string;
  readonly request: RequestInit | undefined;
  readonly fetch: typeof fetch;
  /** Milliseconds without a byte after which a connection counts as lost. */
  readonly idleTimeout: number;
  /** Aborted when nothing more is wanted of it. */
  readonly ending: AbortController;
  /** The server has answered. */
  opened(): void;
  /** Takes an event, which is read first; never throws. */
  take(read: () => WireEvent): void;
  /** The server wishes that much time between two attempts, in milliseconds. */
  wait(time: number): void;
}

/** The server does not want to be asked again. */
export class Refusal {
  constructor(readonly failure: Failure) {}
}

/**
 * Makes what an attempt begins with. If that throws, it always will, since no network was asked: the
 * address makes no sense here, a header is none, there is no WebSocket.
 */
function prepare<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new Refusal({ type: "RequestError", message: messageOf(error) });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Throws when the connection was closed, lost or refused. */
export async function overSSE(attempt: Attempt): Promise<never> {
  // Taken out, since the global one is not to be called as a method of something else.
  const { url, request, fetch, ending, take, wait } = attempt;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => ending.abort(new Error("the connection was silent")),
      Math.min(attempt.idleTimeout, LONGEST),
    );
  };
  try {
    heard();
    const headers = prepare(() => new Headers(request?.headers));
    headers.set("Accept", "text/event-stream");
    const response = await fetch(url, {
      cache: "no-store",
      ...request,
      headers,
      signal: ending.signal,
    });
    check(response, attempt);
    attempt.opened();
    const parser = createParser({
      onEvent: ({ event, id, data }) =>
        take(() => ({
          event,
          id,
          // Of an unknown event it may be anything.
          get data() {
            return JSON.parse(data);
          },
        })),
      onRetry: wait,
    });
    const decoder = new TextDecoder();
    const body = response.body!.getReader();
    for (;;) {
      const { done, value } = await body.read();
      if (done) throw new Error("the connection was closed");
      heard();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    // It says the same of an address that is none as of a network that is not there. A fetch of
    // one's own may know better what an address means.
    if (fetch === globalThis.fetch) prepare(() => new Request(url));
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function check(response: Response, attempt: Attempt): void {
  const { status } = response;
  const isEvents = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (status === 200 && isEvents && response.body) return;
  const message = status === 200 ? "not an event stream" : `the server answered ${status}`;
  const comesBack = status >= 500 || [408, 425, 429].includes(status);
  if (!comesBack) throw new Refusal({ type: "HTTPError", status, message });
  const seconds = Number(response.headers.get("Retry-After"));
  if (seconds > 0) attempt.wait(seconds * 1000);
  throw new Error(message);
}

/** The same over a WebSocket. No page sees its pings, so that `idleTimeout` is not for it. */
export function overWebSocket({ url, ending, opened, take }: Attempt): Promise<never> {
  return new Promise((_, reject) => {
    const socket = prepare(() => new WebSocket(url));
    ending.signal.onabort = () => socket.close();
    socket.onopen = opened;
    socket.onmessage = ({ data }) => take(() => JSON.parse(data));
    // Of a connection that never was, Node.js 22 says no more than this.
    socket.onerror = () => reject(new Error("the connection was lost"));
    socket.onclose = ({ code, reason }) =>
      reject(
        // 1008: against the rules of the application; from 4000 on codes are its own.
        code === 1008 || code >= 4000
          ? new Refusal({ type: "WebSocketError", status: code, message: reason })
          : new Error(`the connection was closed with ${code}`),
      );
  });
}
