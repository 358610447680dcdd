import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";

import { connect, type Connection, type Options } from "../src/index.ts";
import { closing, dropping, frame, refusing, sending, serve } from "./server.ts";

const QUICK = { min: 5, max: 20 };
const BEGINNING = [
  frame("snap", "s.0.0", { open: null }),
  frame("d", "s.0.12", { o: "add", p: "", v: { title: "Par" }, open: "/title" }),
];
const REST = [
  frame("d", "s.0.16", { o: "append", p: "/title", v: "tial" }),
  frame("d", "s.0.24", { v: " views", open: null }),
  frame("end", "s.0.24", { ok: true }),
];

interface Page {
  title: string;
}

function follow(url: string, options: Options = {}): Connection<Page> {
  const connection = connect<Page>(url, { backoff: QUICK, ...options });
  onTestFinished(() => connection.close());
  return connection;
}

function statusesOf(connection: Connection<Page>): string[] {
  const seen: string[] = [connection.state.status];
  connection.subscribe(({ status }) => {
    if (seen.at(-1) !== status) seen.push(status);
  });
  return seen;
}

describe("a stream", () => {
  test("is followed from its beginning to its end", async () => {
    const { url, asked } = await serve(closing(...BEGINNING, ...REST));
    const connection = follow(url);
    const statuses = statusesOf(connection);
    const titles = new Set<string | undefined>();
    connection.subscribe(({ value }) => titles.add(value?.title));
    const state = await connection.ended;
    expect(state).toEqual({
      status: "done",
      value: { title: "Partial views" },
      open: null,
      left: null,
      id: "s.0.24",
      error: undefined,
    });
    expect(connection.state).toBe(state);
    expect([...titles]).toEqual([undefined, "Par", "Partial", "Partial views"]);
    expect(statuses).toEqual(["connecting", "streaming", "done"]);
    await sleep(50);
    expect(asked).toEqual(["/events"]);
  });

  test("takes many changes in one event at once", async () => {
    // As one who was behind gets them: each is not to copy what those before it have made.
    const deltas = Array.from({ length: 20_000 }, (_, i) => ({
      o: "add",
      p: `/${["rows", "keys"][i % 2]}/${i % 2 ? "k" : ""}${i >> 1}`,
      v: i,
      open: null,
    }));
    const begun = { title: "T", rows: [], keys: {}, rest: {} };
    const { url } = await serve(
      sending(
        frame("snap", "s.0.1", { v: begun, open: null }),
        frame("d", "s.0.2", deltas),
        frame("d", "s.0.3", { o: "add", p: "/rows/0", v: "!" }),
      ),
    );
    const connection = follow(url);
    const values = new Map<string | undefined, any>();
    connection.subscribe(({ id, value }) => values.set(id, value));
    await vi.waitFor(() => expect(connection.state.id).toBe("s.0.3"), 3000);
    const [first, second, third] = ["s.0.1", "s.0.2", "s.0.3"].map((id) => values.get(id));
    expect(first).toEqual(begun);
    expect(second.rows).toHaveLength(10_000);
    expect(Object.keys(second.keys)).toHaveLength(10_000);
    expect(second.keys.k9999).toBe(19_999);
    expect(second.rest).toBe(first.rest);
    expect(second.rows[0]).toBe(0);
    expect(third.rows[0]).toBe("!");
    expect(third.keys).toBe(second.keys);
  });

  test("says what is open", async () => {
    const { url } = await serve(sending(...BEGINNING));
    const connection = follow(url);
    await vi.waitFor(() => expect(connection.state.id).toBe("s.0.12"));
    expect(connection.isOpen("/title")).toBe(true);
    expect(connection.isOpen(["title"])).toBe(true);
    expect(connection.isOpen("")).toBe(true);
    expect(connection.isOpen("/titl")).toBe(false);
    expect(connection.isOpen("/title/0")).toBe(false);
    expect(connection.isComplete("/title")).toBe(false);
    expect(connection.isComplete("/other")).toBe(false);
  });

  test("that fails keeps what came, and knows what was broken off", async () => {
    const end = frame("end", "s.0.12", { ok: false, error: { type: "JSONSyntaxError", pos: 12 } });
    const { url } = await serve(closing(...BEGINNING, end));
    const connection = follow(url);
    const state = await connection.ended;
    expect(state).toMatchObject({
      status: "failed",
      value: { title: "Par" },
      open: null,
      left: "/title",
      error: { type: "JSONSyntaxError", pos: 12 },
    });
    expect(connection.isOpen("/title")).toBe(false);
    expect(connection.isComplete("/title")).toBe(false);
  });

  test("that fails says itself what was broken off", async () => {
    const end = frame("end", "s.0.12", { ok: false, error: { type: "TruncatedError" }, open: "" });
    const { url } = await serve(closing(...BEGINNING, end));
    const connection = follow(url);
    expect(await connection.ended).toMatchObject({ status: "failed", open: null, left: "" });
    expect(connection.isComplete("/title")).toBe(true);
    expect(connection.isComplete("")).toBe(false);
  });

  test("that begins anew shows nothing first", async () => {
    const { url } = await serve(
      closing(
        ...BEGINNING,
        frame("reset", "s.1.0", {}),
        frame("d", "s.1.1", { o: "add", p: "", v: {}, open: "" }),
        frame("end", "s.1.2", { ok: true }),
      ),
    );
    const connection = follow(url);
    const values: unknown[] = [];
    connection.subscribe(({ value, id }) => id === "s.1.0" && values.push(value));
    expect((await connection.ended).value).toEqual({});
    expect(values).toEqual([undefined]);
  });
});

describe("a connection that is lost", () => {
  test.each([
    ["torn down", dropping],
    ["closed in good order", closing],
  ])("goes on where it was: %s", async (_, losing) => {
    const half = REST[0]!.slice(0, 25);
    const { url, asked } = await serve(losing(...BEGINNING, half), closing(...REST));
    const connection = follow(url);
    const statuses = statusesOf(connection);
    expect((await connection.ended).value).toEqual({ title: "Partial views" });
    expect(asked).toEqual(["/events", "/events?cursor=s.0.12"]);
    expect(statuses).toEqual(["connecting", "streaming", "reconnecting", "streaming", "done"]);
  });

  test("says why while it is being made again", async () => {
    const { url } = await serve(dropping(...BEGINNING), refusing(503));
    const connection = follow(url);
    await vi.waitFor(() => expect(connection.state.error?.message).toMatch("503"));
    expect(connection.state).toMatchObject({
      status: "reconnecting",
      error: { type: "ConnectionLost" },
      value: { title: "Par" },
    });
  });

  test("is made again after what may pass", async () => {
    const { url, asked } = await serve(
      ...[500, 502, 503, 408, 425, 429].map((status) => refusing(status)),
      closing(...BEGINNING, ...REST),
    );
    expect((await follow(url).ended).status).toBe("done");
    expect(asked).toHaveLength(7);
  });

  test("is waited for longer each time, until an event comes", async () => {
    const times: number[] = [];
    const timer = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => void timer.mockRestore());
    const fetch = async () => {
      times.push(times.length);
      throw new TypeError("no network");
    };
    const connection = follow("http://nowhere/", { fetch, backoff: { min: 8, max: 64 } });
    await vi.waitFor(() => expect(times.length).toBeGreaterThan(6));
    connection.close();
    const delays = timer.mock.calls.map(([, time]) => time!).filter((time) => time < 100);
    for (const [i, base] of [8, 16, 32, 64, 64, 64].entries()) {
      expect(delays[i]).toBeGreaterThanOrEqual(base / 2);
      expect(delays[i]).toBeLessThanOrEqual(base);
    }
  });

  test("waits as long as the server asks", async () => {
    const { url, asked } = await serve(closing("retry: 300\n\n", ...BEGINNING), sending());
    follow(url);
    await sleep(200);
    expect(asked).toHaveLength(1);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
  });

  test("waits for what the server asks, once, and for no more than timers can", async () => {
    const timer = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => void timer.mockRestore());
    const busy = (time: string) =>
      new Response("", { status: 503, headers: { "Retry-After": time } });
    const events = new Response("", { headers: { "Content-Type": "text/event-stream" } });
    const answers = [busy("0.1"), events];
    const fetch = async () => answers.shift() ?? busy("1e12");
    const connection = follow("http://busy/", { fetch, idleTimeout: 50_000 });
    const waits = () => timer.mock.calls.map(([, time]) => time!).filter((time) => time !== 50_000);
    await vi.waitFor(() => expect(waits()).toContain(2 ** 31 - 1));
    connection.close();
    const [first, second, third] = waits();
    expect(first).toBe(100);
    expect(second).toBeLessThanOrEqual(20);
    expect(third).toBe(2 ** 31 - 1);
  });

  test("is taken for lost if nothing comes for too long", async () => {
    const { url, asked } = await serve(sending(...BEGINNING), closing(...REST));
    const state = await follow(url, { idleTimeout: 80 }).ended;
    expect(state.value).toEqual({ title: "Partial views" });
    expect(asked).toHaveLength(2);
  });

  test("lives on comments", async () => {
    const { url, asked } = await serve((response, request) => {
      sending(...BEGINNING)(response, request);
      const timer = setInterval(() => response.write(":\n\n"), 20);
      setTimeout(() => {
        clearInterval(timer);
        response.end(REST.join(""));
      }, 300);
    });
    expect((await follow(url, { idleTimeout: 150 }).ended).status).toBe("done");
    expect(asked).toHaveLength(1);
  });

  test("is tried at once when the network is back", async () => {
    const { url, asked } = await serve(closing(...BEGINNING), closing(...REST));
    vi.stubGlobal("addEventListener", (_: string, listener: () => void) =>
      setTimeout(listener, 50),
    );
    onTestFinished(() => void vi.unstubAllGlobals());
    await follow(url, { backoff: { min: 60_000 } }).ended;
    expect(asked).toHaveLength(2);
  });
});

describe("a connection is given up", () => {
  test.each([400, 401, 403, 404, 204])("where the server answers %i", async (status) => {
    const { url, asked } = await serve(refusing(status));
    const state = await follow(url).ended;
    expect(state).toMatchObject({ status: "failed", error: { type: "HTTPError", status } });
    await sleep(50);
    expect(asked).toHaveLength(1);
  });

  test("where something else than events comes", async () => {
    const { url } = await serve(refusing(200, { "Content-Type": "text/html" }));
    const state = await follow(url).ended;
    expect(state.error).toEqual({
      type: "HTTPError",
      status: 200,
      message: "not an event stream",
    });
  });

  test.each([
    ["is no JSON", "data:{\nid:s.0.13\n\n"],
    ["leads nowhere", frame("d", "s.0.13", { o: "add", p: "/a/b", v: 1 })],
    ["lacks what repeats", frame("d", "s.0.13", { v: "x" })],
  ])("where what comes %s", async (_, nonsense) => {
    const beginning = frame("snap", "s.0.12", { v: { title: "Par" }, open: "/title" });
    const { url, asked } = await serve(sending(beginning, nonsense, ...REST));
    const state = await follow(url).ended;
    expect(state).toMatchObject({
      status: "failed",
      error: { type: "ProtocolError" },
      value: { title: "Par" },
      id: "s.0.12",
    });
    await sleep(50);
    expect(asked).toHaveLength(1);
  });
});

describe("a connection is given up at once, and says why,", () => {
  test.each([
    ["relative where nothing is", "/events", {}],
    ["no address", "http://[", {}],
    ["no WebSocket's", "ws://[", {}],
    ["asked for with a header that is none", "http://127.0.0.1:1/", { headers: { "a b": "c" } }],
  ])("where the address is %s", async (_, url, request) => {
    const connection = follow(url, { request });
    const statuses = statusesOf(connection);
    expect((await connection.ended).error).toEqual({
      type: "RequestError",
      message: expect.stringMatching(/./),
    });
    expect(statuses).toEqual(["connecting", "failed"]);
  });

  test("where there are no WebSockets", async () => {
    vi.stubGlobal("WebSocket", undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { error } = await follow("ws://x/").ended;
    expect(error).toMatchObject({
      type: "RequestError",
      message: expect.stringMatching("WebSocket"),
    });
  });

  test("but not where a fetch of one's own knows what the address means", async () => {
    const { url } = await serve(closing(...BEGINNING), closing(...REST));
    let count = 0;
    async function mine(_: unknown, init?: RequestInit) {
      if (++count === 2) throw new TypeError("no network");
      return fetch(url, init);
    }
    expect((await follow("/events", { fetch: mine }).ended).status).toBe("done");
  });
});

describe("a connection is closed", () => {
  test("by close, and the server sees it", async () => {
    let left!: () => void;
    const gone = new Promise<void>((resolve) => (left = resolve));
    const { url, asked } = await serve((response, request) => {
      sending(...BEGINNING)(response, request);
      response.on("close", left);
    });
    const connection = follow(url);
    await vi.waitFor(() => expect(connection.state.id).toBe("s.0.12"));
    connection.close();
    await gone;
    expect(connection.state).toMatchObject({ status: "closed", value: { title: "Par" } });
    expect(await connection.ended).toBe(connection.state);
    connection.close();
    await sleep(50);
    expect(asked).toHaveLength(1);
  });

  test("by a signal, also while it waits, or before it begins", async () => {
    const { url } = await serve(refusing(503));
    const aborter = new AbortController();
    const waiting = follow(url, { signal: aborter.signal, backoff: { min: 60_000 } });
    await vi.waitFor(() => expect(waiting.state.status).toBe("reconnecting"));
    aborter.abort();
    expect((await waiting.ended).status).toBe("closed");
    const { asked, ...other } = await serve(sending());
    expect((await follow(other.url, { signal: aborter.signal }).ended).status).toBe("closed");
    expect(asked).toEqual([]);
  });
});

test("a listener that closes it when it is lost leaves nothing behind", async () => {
  const listeners = new Set<unknown>();
  vi.stubGlobal("addEventListener", (_: string, listener: unknown) => listeners.add(listener));
  vi.stubGlobal("removeEventListener", (_: string, listener: unknown) =>
    listeners.delete(listener),
  );
  onTestFinished(() => void vi.unstubAllGlobals());
  const { url } = await serve(closing(...BEGINNING));
  const connection = follow(url, { backoff: { min: 60_000 } });
  connection.subscribe(({ status }) => status === "reconnecting" && connection.close());
  expect((await connection.ended).status).toBe("closed");
  await sleep(10);
  expect(listeners.size).toBe(0);
});

test("unknown events are passed over, whatever they hold", async () => {
  const ping = "event:ping\ndata:2026-11-28 10:00\n\n";
  const { url } = await serve(closing(...BEGINNING, ping, ...REST));
  expect((await follow(url).ended).value).toEqual({ title: "Partial views" });
});

test("unknown events are no change, and nobody is told of them", async () => {
  const told: (string | undefined)[][] = [];
  for (const pings of [0, 3]) {
    const ping = "event:ping\ndata:{}\n\n".repeat(pings);
    const { url } = await serve(closing(...BEGINNING, ping, ...REST));
    const connection = follow(url);
    const seen: (string | undefined)[] = [];
    connection.subscribe(({ status, id }) => seen.push(status, id));
    await connection.ended;
    told.push(seen);
  }
  expect(told[1]).toEqual(told[0]);
});

describe("options", () => {
  test("go on from what was kept, as JSON", async () => {
    const { url, asked } = await serve(closing(...REST));
    const from = JSON.parse(
      JSON.stringify({ value: { title: "Par" }, open: "/title", id: "s.0.12" }),
    );
    const connection = follow(url + "?a=b#c", { from });
    expect(connection.state).toMatchObject({ status: "connecting", ...from });
    expect((await connection.ended).value).toEqual({ title: "Partial views" });
    expect(asked).toEqual(["/events?a=b&cursor=s.0.12"]);
  });

  test("go on from nothing where a storage has kept nothing", async () => {
    const { url, asked } = await serve(closing(...BEGINNING, ...REST));
    expect((await follow(url, { from: JSON.parse("null") }).ended).status).toBe("done");
    expect(asked).toEqual(["/events"]);
  });

  test("go on from a state that had failed, if the stream does", async () => {
    const { url } = await serve(closing(...BEGINNING), refusing(404), closing(...REST));
    const failed = await follow(url).ended;
    expect(failed).toMatchObject({ status: "failed", error: { status: 404 } });
    // Nothing is arriving any more.
    expect(failed).toMatchObject({ value: { title: "Par" }, open: null, left: "/title" });
    const connection = follow(url, { from: failed });
    expect(await connection.ended).toMatchObject({ status: "done", open: null, left: null });
    expect(connection.isComplete("/title")).toBe(true);
  });

  test("are asked for a request before every attempt", async () => {
    const tokens: (string | undefined)[] = [];
    const { url } = await serve(
      (response, request) => {
        tokens.push(request.headers.authorization);
        refusing(503)(response, request);
      },
      (response, request) => {
        tokens.push(request.headers.authorization);
        closing(...BEGINNING, ...REST)(response, request);
      },
    );
    let count = 0;
    const request = async () => ({ headers: { authorization: `Bearer ${++count}` } });
    await follow(url, { request }).ended;
    expect(tokens).toEqual(["Bearer 1", "Bearer 2"]);
  });

  test("give no receiver to fetch, which browsers mind", async () => {
    const { url } = await serve(closing(...BEGINNING, ...REST));
    const receivers: unknown[] = [];
    async function mine(this: unknown, ...args: Parameters<typeof fetch>) {
      receivers.push(this);
      return fetch(...args);
    }
    await follow(url, { fetch: mine }).ended;
    expect(receivers).toEqual([undefined]);
  });
});

test("a fetch that answers though it was aborted opens nothing again", async () => {
  async function late() {
    await sleep(20);
    return new Response(new ReadableStream(), {
      headers: { "Content-Type": "text/event-stream" },
    });
  }
  const connection = follow("http://x/", { fetch: late });
  const statuses = statusesOf(connection);
  await sleep(5);
  connection.close();
  await sleep(50);
  expect(statuses).toEqual(["connecting", "closed"]);
  expect(connection.state).toBe(await connection.ended);
});

test("a request that cannot be made is tried again", async () => {
  const { url } = await serve(closing(...BEGINNING, ...REST));
  let count = 0;
  async function request() {
    if (++count === 1) throw new Error("no token");
    return {};
  }
  const connection = follow(url, { request });
  const statuses = statusesOf(connection);
  expect((await connection.ended).status).toBe("done");
  expect(statuses).toEqual(["connecting", "reconnecting", "streaming", "done"]);
});

describe("a WebSocket", () => {
  function stub(socket: object) {
    vi.stubGlobal("WebSocket", socket);
    onTestFinished(() => void vi.unstubAllGlobals());
  }

  test("of which nothing but an error is told counts as lost", async () => {
    // As that of Node.js 22 does, where the connection was refused.
    class Mute {
      onerror?: () => void;
      constructor() {
        setTimeout(() => this.onerror?.());
      }
      close() {}
    }
    stub(Mute);
    const connection = follow("ws://x/");
    await vi.waitFor(() => expect(connection.state.status).toBe("reconnecting"));
    expect(connection.state.error?.type).toBe("ConnectionLost");
  });

  test("is closed with the connection", async () => {
    const closed: Still[] = [];
    class Still {
      onopen?: () => void;
      constructor() {
        setTimeout(() => this.onopen?.());
      }
      close() {
        closed.push(this);
      }
    }
    stub(Still);
    const connection = follow("WS://x/");
    await vi.waitFor(() => expect(connection.state.status).toBe("streaming"));
    connection.close();
    expect(closed).toHaveLength(1);
    expect(connection.state.status).toBe("closed");
  });
});

test("a listener that throws stops neither the others nor the stream", async () => {
  const { url } = await serve(closing(...BEGINNING, ...REST));
  const connection = follow(url);
  const problems: unknown[] = [];
  const note = (error: unknown) => problems.push(error);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", note);
  onTestFinished(() => {
    process.removeListener("uncaughtException", note);
    others.forEach((each) => process.on("uncaughtException", each));
  });
  let calls = 0;
  connection.subscribe(() => {
    throw new Error("mine");
  });
  const leave = connection.subscribe(() => void calls++);
  expect((await connection.ended).status).toBe("done");
  await sleep(10);
  expect(problems).toEqual(Array.from({ length: calls }, () => new Error("mine")));
  leave();
});
