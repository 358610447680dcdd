import { expectTypeOf, test } from "vitest";

import {
  type Connection,
  connect,
  type DeepPartial,
  type Options,
  type State,
} from "../src/index.ts";
import type { usePartial as inReact } from "../src/react.ts";
import type { usePartial as inVue } from "../src/vue.ts";

type Id = string & { readonly brand: "id" };
interface Report {
  id: Id;
  title: string;
  sections: { heading: string; rows: [string, number][] }[];
  note: string | null;
  kind: "a" | "b";
  extra?: Record<string, number>;
}

// tsc is what tests this; `npm run lint` runs it.
test("types", () => {
  type Part = DeepPartial<Report>;
  expectTypeOf<Part["title"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Part["id"]>().toEqualTypeOf<Id | undefined>();
  expectTypeOf<Part["note"]>().toEqualTypeOf<string | null | undefined>();
  expectTypeOf<Part["kind"]>().toEqualTypeOf<"a" | "b" | undefined>();
  type Section = NonNullable<Part["sections"]>[number];
  // What is in a list has begun; its fields may be missing.
  expectTypeOf<Section>().toEqualTypeOf<DeepPartial<Report["sections"][0]>>();
  expectTypeOf<Section["heading"]>().toEqualTypeOf<string | undefined>();
  type Row = NonNullable<Section["rows"]>[number];
  expectTypeOf<Row>().toEqualTypeOf<readonly [string?, number?]>();
  expectTypeOf<DeepPartial<string>>().toEqualTypeOf<string>();

  expectTypeOf(connect<Report>).returns.toEqualTypeOf<Connection<Report>>();
  // With exactOptionalPropertyTypes, too, an option may be undefined.
  expectTypeOf<{ [Name in keyof Options]-?: undefined }>().toExtend<Options>();
  const look = (state: State<Report>) => {
    expectTypeOf(state.value).toEqualTypeOf<Report | DeepPartial<Report> | undefined>();
    if (state.status === "done") expectTypeOf(state.value).toEqualTypeOf<Report>();
    // @ts-expect-error what is shown is not to be changed
    if (state.value) state.value.title = "";
  };
  expectTypeOf(look).toBeFunction();
  expectTypeOf<ReturnType<typeof inReact<Report>>>().toExtend<State<Report>>();
  expectTypeOf<ReturnType<typeof inVue<Report>>["value"]["value"]>().toEqualTypeOf<
    DeepPartial<Report> | undefined
  >();
});
