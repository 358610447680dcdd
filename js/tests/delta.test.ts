import { describe, expect, test } from "vitest";

import { applyDelta, type Delta, DeltaError, isComplete, isOpen, toPointer } from "../src/index.ts";
import type { JSONValue } from "../src/index.ts";

const REPORT: JSONValue = {
  title: "T",
  sections: [{ heading: "A", rows: [1, 2] }, { heading: "B" }],
  end: { x: 1 },
};

describe("applyDelta", () => {
  test("shares all that is not on the way", () => {
    const next = applyDelta(REPORT, { o: "append", p: "/sections/1/heading", v: "!" }) as any;
    const before = REPORT as any;
    expect(next.sections[1]).toEqual({ heading: "B!" });
    expect(next).not.toBe(before);
    expect(next.sections).not.toBe(before.sections);
    expect(next.sections[0]).toBe(before.sections[0]);
    expect(next.end).toBe(before.end);
  });

  test("changes nothing that it is given", () => {
    const before = structuredClone(REPORT);
    for (const delta of [
      { o: "add", p: "/sections/2", v: {} },
      { o: "add", p: "/sections/0/rows/2", v: 3 },
      { o: "append", p: "/title", v: "x" },
      { o: "add", p: "", v: null },
    ] satisfies Delta[]) {
      applyDelta(REPORT, delta);
    }
    expect(REPORT).toEqual(before);
  });

  test("makes the first value out of nothing", () => {
    expect(applyDelta(undefined, { o: "add", p: "", v: "a" })).toBe("a");
    expect(applyDelta("a", { o: "append", p: "", v: "b" })).toBe("ab");
  });

  test("keeps the place of a key, and takes any key for a key", () => {
    const next = applyDelta({ a: 1, b: 2 }, { o: "add", p: "/a", v: 3 });
    expect(JSON.stringify(next)).toBe('{"a":3,"b":2}');
    let odd = applyDelta({}, { o: "add", p: "/__proto__", v: { polluted: "y" } });
    odd = applyDelta(odd, { o: "append", p: "/__proto__/polluted", v: "es" });
    odd = applyDelta(odd, { o: "add", p: "/constructor", v: 1 });
    odd = applyDelta(odd, { o: "add", p: "/a~1b~0c", v: 2 });
    odd = applyDelta(odd, { o: "add", p: "/", v: 3 });
    expect(JSON.stringify(odd)).toBe(
      '{"__proto__":{"polluted":"yes"},"constructor":1,"a/b~c":2,"":3}',
    );
    expect(Object.getPrototypeOf(odd)).toBe(Object.prototype);
    expect(({} as any).polluted).toBeUndefined();
  });

  test("reaches any depth", () => {
    const depth = 100_000;
    let value: JSONValue = "a";
    for (let i = 0; i < depth; i++) value = [value];
    let node: any = applyDelta(value, { o: "append", p: "/0".repeat(depth), v: "b" });
    while (Array.isArray(node)) node = node[0];
    expect(node).toBe("ab");
  });

  test.each([
    ["a path through nothing", { o: "add", p: "/a/b", v: 1 }],
    ["a path through a text", { o: "add", p: "/title/0", v: 1 }],
    ["a key that is inherited", { o: "add", p: "/constructor/x", v: 1 }],
    ["a gap", { o: "add", p: "/sections/3", v: 1 }],
    ["an index that is none", { o: "add", p: "/sections/01", v: 1 }],
    ["an index that is a fraction", { o: "add", p: "/sections/0.5", v: 1 }],
    ["an index that is a word", { o: "add", p: "/sections/length", v: 1 }],
    ["a negative index", { o: "add", p: "/sections/-1", v: 1 }],
    ["a text that grows out of nothing", { o: "append", p: "/b", v: "x" }],
    ["an object that grows", { o: "append", p: "/end", v: "x" }],
    ["what is no text to grow by", { o: "append", p: "/title", v: 1 }],
    ["an operation of another wire", { o: "replace", p: "/title", v: "x" }],
  ] as [string, Delta][])("refuses %s", (_, delta) => {
    expect(() => applyDelta(REPORT, delta)).toThrow(DeltaError);
  });
});

describe("paths", () => {
  test("become pointers", () => {
    expect(toPointer([])).toBe("");
    expect(toPointer(["a/b", 0, "m~n", ""])).toBe("/a~1b/0/m~0n/");
    expect(toPointer("/as/it/is")).toBe("/as/it/is");
  });

  test("are open down to the deepest node that is", () => {
    const state = { open: "/a/10/b" };
    for (const path of ["", "/a", "/a/10", "/a/10/b"]) expect(isOpen(state, path)).toBe(true);
    for (const path of ["/", "/a/1", "/a/10/b/c", "/b"]) expect(isOpen(state, path)).toBe(false);
    for (const path of ["a", "a/10", "0"]) expect(isOpen(state, path)).toBe(false);
    expect(isOpen({ open: null }, "")).toBe(false);
    expect(isOpen({ open: "/" }, [""])).toBe(true);
  });

  test("are complete where something is that is not open, nor was", () => {
    const value = { a: [1, null], b: "x", c: "y" };
    const state = { value, open: "/b", left: null };
    for (const path of ["/a", "/a/0", "/a/1", "/c"]) expect(isComplete(state, path)).toBe(true);
    for (const path of ["", "/b", "/d", "/a/2", "/a/01", "/c/length", "/constructor"]) {
      expect(isComplete(state, path)).toBe(false);
    }
    // A key into an array leads nowhere, as does a pointer without its slash.
    const whole = { value: { length: 1, ...value }, open: null, left: null };
    for (const path of ["/a/length", "/a/at", "a", "c", "0", "length"]) {
      expect(isComplete(whole, path)).toBe(false);
    }
    expect(isComplete(whole, "/length")).toBe(true);
    expect(isComplete({ value, open: null, left: "/b" }, "/b")).toBe(false);
    expect(isComplete({ value, open: null, left: null }, "")).toBe(true);
    expect(isComplete({ value: undefined, open: null, left: null }, "")).toBe(false);
  });
});
