import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const path = (name: string) => new URL(name, import.meta.url).pathname;

test("what the README shows is well typed", async () => {
  const readme = readFileSync(path("../README.md"), "utf-8");
  const blocks = [...readme.matchAll(/```(tsx?)\n(.*?)```/gs)];
  expect(blocks.map(([, kind]) => kind)).toEqual(["tsx", "ts", "ts"]);
  const folder = path("../.readme");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [i, [, kind, code]] of blocks.entries()) {
    writeFileSync(`${folder}/${i}.${kind}`, code!);
  }
  const entries = ["index", "react", "vue"].map((name) => [
    name === "index" ? "partialjson-client" : `partialjson-client/${name}`,
    [`../src/${name}.ts`],
  ]);
  const compilerOptions = { noUnusedLocals: false, paths: Object.fromEntries(entries) };
  const config = { extends: "../tsconfig.json", compilerOptions, include: ["*"] };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  const tsc = path("../node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "--project", folder]).catch((error) =>
    expect(error.stdout).toBe(""),
  );
});
