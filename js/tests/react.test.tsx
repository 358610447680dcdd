// @vitest-environment happy-dom
import { act, Activity, memo, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, onTestFinished, test, vi } from "vitest";

import type { DeepPartial } from "../src/index.ts";
import { type Followed, usePartial } from "../src/react.ts";
import { Stage } from "./stage.ts";

interface Report {
  sections: { text: string }[];
}

(globalThis as any).IS_REACT_ACT_ENVIRONMENT = true;

let report: Followed<Report>;
const renders: Record<string, number> = {};

const Section = memo(function Section(props: { section: DeepPartial<Report["sections"][0]> }) {
  const text = props.section.text ?? "";
  renders[text[0]!] = (renders[text[0]!] ?? 0) + 1;
  return <p>{text}</p>;
});

function Page({ url, stage }: { url: string | null; stage: Stage }) {
  report = usePartial<Report>(url, { fetch: stage.fetch, backoff: { min: 0 } });
  return (
    <main data-open={report.isOpen("/sections/0")}>
      {report.value?.sections?.map((section, i) => (
        <Section key={i} section={section} />
      ))}
    </main>
  );
}

function mount() {
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  onTestFinished(() => act(() => root.unmount()));
  return root;
}

test("what has not changed is not rendered again", async () => {
  const stage = new Stage();
  const root = mount();
  await act(() => root.render(<Page url="/a" stage={stage} />));
  const say = (...delta: Parameters<Stage["say"]>) => act(() => stage.say(...delta));
  await say("snap", { v: { sections: [{ text: "a" }] }, open: "/sections/0/text" });
  await say("d", { o: "append", p: "/sections/0/text", v: "a" });
  expect(document.querySelector("main")!.dataset.open).toBe("true");
  expect(renders).toEqual({ a: 2 });
  await say("d", { o: "add", p: "/sections/1", v: { text: "b" }, open: "/sections/1/text" });
  for (let i = 0; i < 10; i++) {
    await say("d", { o: "append", p: "/sections/1/text", v: "b" });
  }
  expect(document.querySelector("main")!.textContent).toBe("aabbbbbbbbbbb");
  expect(document.querySelector("main")!.dataset.open).toBe("false");
  expect(report.isComplete("/sections/0")).toBe(true);
  expect(renders).toEqual({ a: 2, b: 11 });
  await say("end", { ok: true });
  expect(report.status).toBe("done");
  expect(renders).toEqual({ a: 2, b: 11 });
});

test("what StrictMode mounts twice goes on where it was", async () => {
  const stage = new Stage();
  const root = mount();
  await act(() =>
    root.render(
      <StrictMode>
        <Page url="/a" stage={stage} />
      </StrictMode>,
    ),
  );
  // The first of the two was closed before it had asked.
  expect(stage.asked).toEqual(["/a"]);
  expect(stage.open).toBe(1);
  await act(() => stage.say("snap", { v: { sections: [] }, open: "/sections" }));
  expect(report.value).toEqual({ sections: [] });
});

test("another address is another document; none is none", async () => {
  const stage = new Stage();
  const root = mount();
  await act(() => root.render(<Page url={null} stage={stage} />));
  expect(report).toMatchObject({ status: "connecting", value: undefined });
  expect(stage.asked).toEqual([]);
  await act(() => root.render(<Page url="/a" stage={stage} />));
  await act(() => stage.say("snap", { v: { sections: [{ text: "a" }] }, open: null }));
  await act(() => root.render(<Page url="/b" stage={stage} />));
  expect(report).toMatchObject({ id: undefined, value: undefined });
  expect(stage.asked).toEqual(["/a", "/b"]);
  expect(stage.open).toBe(1);
  await act(() => root.render(<></>));
  await vi.waitFor(() => expect(stage.open).toBe(0));
});

test("what it goes on from waits for the first address, and is for no other", async () => {
  const stage = new Stage();
  const from = { value: { sections: [] }, open: null, id: "a.0.5" };
  let found!: Followed<Report>;
  function Resumed({ url }: { url: string | null }) {
    found = usePartial<Report>(url, { fetch: stage.fetch, from });
    return null;
  }
  const root = mount();
  const show = (url: string | null) => act(() => root.render(<Resumed url={url} />));
  await show(null);
  expect(found.value).toEqual({ sections: [] });
  await show("/a");
  expect(found.value).toEqual({ sections: [] });
  for (const address of [null, "/b", "/a"]) {
    await show(address);
    expect(found).toMatchObject({ id: undefined, value: undefined });
  }
  expect(stage.asked).toEqual(["/a?cursor=a.0.5", "/b", "/a"]);
});

test("it can be closed", async () => {
  const stage = new Stage();
  const root = mount();
  await act(() => root.render(<Page url="/a" stage={stage} />));
  await act(() => report.close());
  expect(report.status).toBe("closed");
  expect(stage.open).toBe(0);
});

test("what is aborted before it begins is closed", async () => {
  function Aborted() {
    return usePartial("/a", { signal: AbortSignal.abort() }).status;
  }
  const root = mount();
  await act(() => root.render(<Aborted />));
  expect(document.body.textContent).toContain("closed");
});

test("what was closed stays closed when it shows again", async () => {
  const stage = new Stage();
  const root = mount();
  const show = (mode: "visible" | "hidden") =>
    act(() =>
      root.render(
        <Activity mode={mode}>
          <Page url="/a" stage={stage} />
        </Activity>,
      ),
    );
  await show("visible");
  await show("hidden");
  expect(stage.open).toBe(0);
  await show("visible");
  expect(stage.asked).toEqual(["/a", "/a"]);
  await act(() => report.close());
  await show("hidden");
  await show("visible");
  expect(stage.asked).toEqual(["/a", "/a"]);
  expect(report.status).toBe("closed");
});

test("a server renders what there is, and asks for nothing", () => {
  const stage = new Stage();
  expect(renderToString(<Page url="/a" stage={stage} />)).toContain("<main");
  expect(stage.asked).toEqual([]);
});
