import { setTimeout as sleep } from "node:timers/promises";

import { frame } from "./server.ts";

/** A network for one viewer, on which a test says what comes and when. */
export class Stage {
  readonly asked: string[] = [];
  /** How many connections there are. */
  open = 0;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  private count = 0;

  fetch: typeof fetch = async (url, init) => {
    this.asked.push(String(url));
    this.open++;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.controller = controller;
        init!.signal!.addEventListener("abort", () => {
          this.open--;
          controller.error(init!.signal!.reason);
        });
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  };

  /** Sends an event; returns when it has been taken. */
  async say(event: string, data: unknown): Promise<void> {
    await sleep(1);
    this.controller.enqueue(new TextEncoder().encode(frame(event, `s.0.${this.count++}`, data)));
    await sleep(1);
  }
}
