// Runs the TypeScript client's Reader: conversations in, states out, one of each per line.
// The argument is the directory that it was compiled to.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { Reader } = await import(pathToFileURL(`${process.argv[2]}/reader.js`).href);

// JSON.stringify makes null of Infinity, and 0 of -0.
function text(value) {
  if (typeof value === "number") {
    if (Object.is(value, -0)) return "-0.0";
    return Number.isFinite(value) ? String(value) : value > 0 ? "1e999" : "-1e999";
  }
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).map((key) => `${JSON.stringify(key)}:${text(value[key])}`);
  return `{${members.join()}}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const reader = new Reader();
  const states = [];
  for (const events of JSON.parse(line)) {
    reader.connected();
    for (const event of events) {
      reader.take(event);
      const { value, open, id } = reader.known;
      const shown = value === undefined ? "[]" : `[${text(value)}]`;
      states.push(`[${shown},${JSON.stringify(open)},${JSON.stringify(id)}]`);
    }
  }
  console.log(`[${states.join()}]`);
}
