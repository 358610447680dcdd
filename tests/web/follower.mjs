// The real client, for a Python program at the other end of stdin and stdout.
//
// A number begins a document, and goes with all that is said of it. Each connection is asked for with
// "url" and "state"; the answer is the bytes of the response, in base64, in the pieces that arrive
// before it is lost. What comes last is said with "ended".
import { createInterface } from "node:readline";

import { connect } from "../../js/dist/index.js";

const say = (what) => process.stdout.write(JSON.stringify(what, plain) + "\n");

// What JSON cannot say: as an object that no document of the tests has in it.
const plain = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? { "∞": Math.sign(value) } : value;

const shown = ({ value, open, left, id, status, error }) => ({
  ...(value === undefined ? {} : { value }),
  ...{ open, left, id, status, error: error?.type },
});

function follow(number) {
  const connection = connect("http://localhost/events", {
    backoff: { min: 0, max: 0 },
    async fetch(url, { signal }) {
      say({ number, url, state: shown(connection.state) });
      const encoded = await new Promise((resolve, reject) => {
        answered = resolve;
        signal.addEventListener("abort", reject);
      });
      const pieces = encoded.map((piece) => Buffer.from(piece, "base64"));
      const body = new ReadableStream(
        {
          pull(controller) {
            const piece = pieces.shift();
            if (piece) controller.enqueue(piece);
            else controller.error(new TypeError("the network is gone"));
          },
        },
        // Nothing is asked for before what came is read: the end would take it back.
        { highWaterMark: 0 },
      );
      return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
    },
  });
  // Frozen, so that a change of what was shown is an error and not a wonder.
  connection.subscribe(({ value }) => freeze(value));
  connection.ended.then((state) => say({ number, ended: shown(state) }));
  return connection;
}

function freeze(value) {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freeze);
}

let connection;
let answered;
for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  if (typeof said === "object") answered(said);
  else {
    // The last one may not have come to its end, where a test has failed.
    connection?.close();
    connection = follow(said);
  }
}
connection?.close();
