import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a server does with one request. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** A real server, which answers each request in its turn, and the last one's way from then on. */
export async function serve(...answers: Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push(request.url!);
    answer(response, request);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/events`, asked };
}

/** An event as it goes over the wire. */
export function frame(event: string, id: string, data: unknown): string {
  const name = event === "d" ? "" : `event:${event}\n`;
  return `${name}data:${JSON.stringify(data)}\nid:${id}\n\n`;
}

/** Sends these bytes and leaves the connection open. */
export const sending =
  (...frames: string[]): Answer =>
  (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    for (const each of frames) response.write(each);
    response.flushHeaders();
  };

/** Sends these bytes and is gone, in good order or not. */
export const dropping =
  (...frames: string[]): Answer =>
  (response, request) => {
    sending(...frames)(response, request);
    setTimeout(() => response.socket?.destroy(), 20);
  };

export const closing =
  (...frames: string[]): Answer =>
  (response, request) => {
    sending(...frames)(response, request);
    response.end();
  };

export const refusing =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end("no");
  };
