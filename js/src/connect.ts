import { isComplete, isOpen, type Path } from "./paths.ts";
import { type Known, Reader, type WireEvent } from "./reader.ts";
import { type Attempt, LONGEST, messageOf, overSSE, overWebSocket, Refusal } from "./transports.ts";
import type { Failure, JSONValue, Kept, State, Status } from "./types.ts";

/** Undefined stands for the default, so that optional settings can be handed on. */
export interface Options {
  /** Where to go on from: a state of an earlier connection, perhaps kept over a reload. */
  readonly from?: Kept | undefined;
  /** For `fetch`: credentials, headers; a function is asked before every attempt. */
  readonly request?: RequestInit | (() => RequestInit | Promise<RequestInit>) | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** Aborting it closes the connection. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds from a loss to the next attempt: about `min` at first (default 500), then doubled
   * each time, up to about `max` (default 30,000), until an event comes.
   */
  readonly backoff?:
    { readonly min?: number | undefined; readonly max?: number | undefined } | undefined;
  /**
   * Milliseconds without a byte, comments included, after which SSE connects anew: default 45,000.
   * The server is to send a comment more often than that.
   */
  readonly idleTimeout?: number | undefined;
}

/** A document that is arriving, over as many connections as that takes. */
export interface Connection<T = JSONValue> {
  /** What is known now. The same object until something changes. */
  readonly state: State<T>;
  /** The last state: done, failed or closed. Never rejects. */
  readonly ended: Promise<State<T>>;
  /** Calls `listener` after every change, until the function that it returns is called. */
  subscribe(listener: (state: State<T>) => void): () => void;
  /** Whether the node at a path, such as `["sections", 0]`, is still arriving. */
  isOpen(path: Path): boolean;
  /** Whether it is there, and whole. */
  isComplete(path: Path): boolean;
  /** Ends the connection; the stream itself goes on. Of no effect after the end. */
  close(): void;
}

/**
 * Follows the document at `url`: over SSE, or a WebSocket if it begins with `ws:` or `wss:`.
 *
 * A connection that is lost is made again, and goes on where the last one was. It is given up, with
 * a state of `failed`, if the stream ends with an error, if the server refuses it (4xx), if what
 * comes makes no sense, or if no server can be asked, since the address makes none.
 */
export function connect<T = JSONValue>(url: string | URL, options: Options = {}): Connection<T> {
  const link = new Link<T>(String(url), options);
  void link.run();
  return link;
}

/** What is known of a document that nothing was heard of. */
export function initialState<T>(from?: Kept): State<T> {
  return stateOf(new Reader(from).known, "connecting");
}

function stateOf<T>(known: Known, status: Status, error?: Failure): State<T> {
  return { ...known, status, error } as State<T>;
}

class Link<T> implements Connection<T> {
  state: State<T>;
  readonly ended: Promise<State<T>>;
  private end!: (state: State<T>) => void;
  private readonly reader: Reader;
  private readonly listeners = new Set<(state: State<T>) => void>();
  private isOver = false;
  /** Ends what is under way: an attempt, or the wait for the next. */
  private ending = new AbortController();
  private failures = 0;
  /** What the server wants to be waited for, until it is there again. */
  private wish = 0;

  constructor(
    private readonly url: string,
    private readonly options: Options,
  ) {
    this.reader = new Reader(options.from);
    this.state = stateOf(this.reader.known, "connecting");
    this.ended = new Promise((resolve) => (this.end = resolve));
    options.signal?.addEventListener("abort", this.close);
    // Not now: nobody can have subscribed yet, who would be told.
    if (options.signal?.aborted) queueMicrotask(this.close);
  }

  async run(): Promise<void> {
    const transport = /^wss?:/i.test(this.url) ? overWebSocket : overSSE;
    while (!this.isOver) {
      try {
        this.reader.connected();
        const attempt = await this.attempt();
        // It may have been closed meanwhile, as React's StrictMode does at once.
        if (!this.isOver) await transport(attempt);
      } catch (error) {
        // Whatever the reason, nothing more is wanted of this response.
        this.ending.abort();
        if (this.isOver) break;
        if (error instanceof Refusal) return this.finish("failed", error.failure);
        this.show("reconnecting", { type: "ConnectionLost", message: messageOf(error) });
        // A listener may have closed it when it was told of the loss.
        if (!this.isOver) await pause(this.delay(), (this.ending = new AbortController()));
      }
    }
  }

  subscribe: Connection<T>["subscribe"] = (listener) => {
    // Wrapped, so that one who subscribes twice is called twice.
    const mine = (state: State<T>) => listener(state);
    this.listeners.add(mine);
    return () => void this.listeners.delete(mine);
  };

  isOpen = (path: Path): boolean => isOpen(this.state, path);

  isComplete = (path: Path): boolean => isComplete(this.state, path);

  close = (): void => {
    if (!this.isOver) this.finish("closed");
  };

  private async attempt(): Promise<Attempt> {
    const { options } = this;
    const { request } = options;
    const { id } = this.reader.known;
    return {
      url: id === undefined ? this.url : withCursor(this.url, id),
      request: typeof request === "function" ? await request() : request,
      fetch: options.fetch ?? fetch,
      idleTimeout: options.idleTimeout ?? 45_000,
      ending: (this.ending = new AbortController()),
      opened: () => {
        this.wish = 0;
        // A fetch of one's own may answer though it was aborted.
        if (!this.isOver) this.show("streaming");
      },
      take: (read) => this.take(read),
      wait: (time) => (this.wish = time),
    };
  }

  private take(read: () => WireEvent): void {
    // A chunk can hold events that come after the last one wanted.
    if (this.isOver) return;
    const { reader } = this;
    const { known } = reader;
    try {
      reader.take(read());
    } catch (error) {
      return this.finish("failed", { type: "ProtocolError", message: messageOf(error) });
    }
    this.failures = 0;
    const { end } = reader;
    if (end !== undefined) return this.finish(end.ok ? "done" : "failed", end.error);
    if (reader.known !== known) this.show("streaming");
  }

  private delay(): number {
    const { min = 500, max = 30_000 } = this.options.backoff ?? {};
    const time = Math.min(max, min * 2 ** this.failures++);
    // Not all at once, where a server has lost many.
    return Math.max(this.wish, time * (0.5 + Math.random() / 2));
  }

  private finish(status: Status, error?: Failure): void {
    const { reader } = this;
    this.isOver = true;
    this.options.signal?.removeEventListener("abort", this.close);
    this.ending.abort();
    if (status === "failed") {
      // Whoever has failed it: what was open is not arriving any more.
      const { known } = reader;
      reader.known = { ...known, open: null, left: known.left ?? known.open };
    }
    this.show(status, error);
    this.end(this.state);
  }

  private show(status: Status, error?: Failure): void {
    this.state = stateOf(this.reader.known, status, error);
    for (const listener of [...this.listeners]) {
      try {
        listener(this.state);
      } catch (error) {
        // It is the listener's, not the connection's: reported as one of an event handler is.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function withCursor(url: string, id: string): string {
  const address = url.replace(/#.*/s, "");
  return `${address}${address.includes("?") ? "&" : "?"}cursor=${id}`;
}

/** Waits for a time; less if the network is back, or it is ended otherwise. */
function pause(time: number, ending: AbortController): Promise<void> {
  const { signal } = ending;
  const end = () => ending.abort();
  const timer = setTimeout(end, Math.min(time, LONGEST));
  globalThis.addEventListener?.("online", end, { signal });
  return new Promise((resolve) => {
    signal.onabort = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
