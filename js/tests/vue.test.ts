// @vitest-environment happy-dom
import { expect, onTestFinished, test } from "vitest";
import {
  createApp,
  createSSRApp,
  defineComponent,
  effectScope,
  h,
  nextTick,
  onMounted,
  ref,
  type Ref,
} from "vue";
import { renderToString } from "vue/server-renderer";

import { type Followed, usePartial } from "../src/vue.ts";
import { Stage } from "./stage.ts";

interface Report {
  sections: { text: string }[];
}

const renders: Record<string, number> = {};

const Section = defineComponent({
  props: { section: { type: Object, required: true } },
  setup: (props) => () => {
    const text: string = props.section.text;
    renders[text[0]!] = (renders[text[0]!] ?? 0) + 1;
    return h("p", text);
  },
});

let report: Followed<Report>;

function page(url: Ref<string | null>, stage: Stage) {
  return defineComponent(() => {
    report = usePartial<Report>(url, { fetch: stage.fetch, backoff: { min: 0 } });
    return () =>
      h("main", { "data-open": report.isOpen("/sections/0") }, [
        ...(report.value.value?.sections ?? []).map((section, i) =>
          h(Section, { key: i, section }),
        ),
      ]);
  });
}

function mount(url: Ref<string | null>, stage: Stage) {
  const root = document.body.appendChild(document.createElement("div"));
  const app = createApp(page(url, stage));
  app.mount(root);
  onTestFinished(() => root.remove());
  return { app, root };
}

test("what has not changed is not rendered again", async () => {
  const stage = new Stage();
  const { app, root } = mount(ref("/a"), stage);
  const say = async (...delta: Parameters<Stage["say"]>) => {
    await stage.say(...delta);
    await nextTick();
  };
  await say("snap", { v: { sections: [{ text: "a" }] }, open: "/sections/0/text" });
  await say("d", { o: "append", p: "/sections/0/text", v: "a" });
  expect(root.querySelector("main")!.dataset.open).toBe("true");
  await say("d", { o: "add", p: "/sections/1", v: { text: "b" }, open: "/sections/1/text" });
  for (let i = 0; i < 10; i++) {
    await say("d", { o: "append", p: "/sections/1/text", v: "b" });
  }
  expect(root.textContent).toBe("aabbbbbbbbbbb");
  expect(root.querySelector("main")!.dataset.open).toBe("false");
  expect(report.isComplete("/sections/0")).toBe(true);
  expect(renders).toEqual({ a: 2, b: 11 });
  await say("end", { ok: true });
  expect(report.status.value).toBe("done");
  expect(report.error.value).toBeUndefined();
  expect(renders).toEqual({ a: 2, b: 11 });
  app.unmount();
});

test("another address is another document; none is none", async () => {
  const stage = new Stage();
  const url = ref<string | null>(null);
  const { app } = mount(url, stage);
  expect(stage.asked).toEqual([]);
  url.value = "/a";
  await nextTick();
  await stage.say("snap", { v: { sections: [{ text: "a" }] }, open: null });
  expect(report.value.value).toEqual({ sections: [{ text: "a" }] });
  url.value = "/b";
  await nextTick();
  expect(report.value.value).toBeUndefined();
  expect(stage.asked).toEqual(["/a", "/b"]);
  expect(stage.open).toBe(1);
  app.unmount();
  expect(stage.open).toBe(0);
});

test("it lives in a scope of its own, too, and can be closed", async () => {
  const stage = new Stage();
  const scope = effectScope();
  const alone = scope.run(() => usePartial<Report>("/a", { fetch: stage.fetch }))!;
  await stage.say("snap", { v: { sections: [] }, open: null });
  expect(alone.state.value.value).toEqual({ sections: [] });
  alone.close();
  expect(alone.status.value).toBe("closed");
  scope.stop();
  expect(stage.open).toBe(0);
});

test("it connects where a component is mounted already, and goes with it", async () => {
  const stage = new Stage();
  let late!: Followed<Report>;
  const component = defineComponent(() => {
    onMounted(() => (late = usePartial<Report>("/a", { fetch: stage.fetch })));
    return () => null;
  });
  const app = createApp(component);
  app.mount(document.createElement("div"));
  await nextTick();
  expect(stage.asked).toEqual(["/a"]);
  app.unmount();
  expect(stage.open).toBe(0);
  expect(late.state.value.status).toBe("closed");
});

test("it lives as long as its scope, where a component that goes has set that up", async () => {
  const stage = new Stage();
  const url = ref("/a");
  const store = effectScope(true);
  onTestFinished(() => store.stop());
  const first = defineComponent(() => {
    store.run(() => usePartial(url, { fetch: stage.fetch }));
    return () => null;
  });
  const app = createApp(first);
  app.mount(document.createElement("div"));
  await nextTick();
  app.unmount();
  url.value = "/b";
  await nextTick();
  expect(stage.asked).toEqual(["/a", "/b"]);
  store.stop();
  await nextTick();
  expect(stage.open).toBe(0);
});

test("what is aborted before it begins is closed", async () => {
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  const found = scope.run(() => usePartial("/a", { signal: AbortSignal.abort() }))!;
  await nextTick();
  expect(found.status.value).toBe("closed");
});

test("what it goes on from waits for the first address, and is for no other", async () => {
  const stage = new Stage();
  const url = ref<string | null>(null);
  const from = { value: { sections: [] }, open: null, id: "a.0.5" };
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  const found = scope.run(() => usePartial<Report>(url, { fetch: stage.fetch, from }))!;
  expect(found.value.value).toEqual({ sections: [] });
  for (const address of ["/a", "/b"]) {
    url.value = address;
    await nextTick();
  }
  expect(stage.asked).toEqual(["/a?cursor=a.0.5", "/b"]);
  expect(found.value.value).toBeUndefined();
});

test("a server renders what there is, and asks for nothing", async () => {
  const stage = new Stage();
  expect(await renderToString(createSSRApp(page(ref("/a"), stage)))).toContain("<main");
  expect(stage.asked).toEqual([]);
});
