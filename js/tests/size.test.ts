import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { build, type Rollup } from "vite";

/** What a page has to load for all of an entry point, its SSE parser included, in bytes. */
async function sizeOf(entry: string): Promise<number> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      modulePreload: false,
      rolldownOptions: {
        input: new URL(`../src/${entry}`, import.meta.url).pathname,
        external: ["react", "vue"],
        preserveEntrySignatures: "strict",
      },
    },
  })) as Rollup.RollupOutput;
  expect(built.output).toHaveLength(1);
  const [chunk] = built.output;
  expect(chunk.code).toContain("text/event-stream");
  return gzipSync(chunk.code).length;
}

test.each(["index.ts", "react.ts", "vue.ts"])("%s is small", async (entry) => {
  const size = await sizeOf(entry);
  expect(size).toBeGreaterThan(1000);
  expect(size).toBeLessThan(4096);
});
