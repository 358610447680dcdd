import type { DeepPartial } from "partialjson-client";
import type { Followed } from "partialjson-client/react";
import { memo, useRef } from "react";

import type { Report, Row, Section } from "./report.ts";

/** All of the report that has come. */
export function ReportView({ report }: { report: Followed<Report> }) {
  const { value, isOpen, isComplete, open, status, error } = report;
  const sections = value?.sections ?? [];
  return (
    <article className="paper" aria-busy={status === "streaming"}>
      <p className="kicker">Report</p>
      <h1>
        {value?.title}
        {(status === "connecting" || open === "" || isOpen("/title")) && <Caret />}
      </h1>
      {value?.abstract !== undefined && (
        <p className="abstract">
          {value.abstract}
          {isOpen("/abstract") && <Caret />}
        </p>
      )}
      {sections.map((section, i) => (
        <SectionView
          key={i}
          number={i + 1}
          section={section}
          open={within(open, `/sections/${i}`)}
          isComplete={isComplete(["sections", i])}
        />
      ))}
      {value?.risks && (
        <Risks risks={value.risks} isOpen={isOpen("/risks")} isComplete={isComplete("/risks")} />
      )}
      {value?.confidence !== undefined && <Confidence value={value.confidence} />}
      {status === "done" && <hr className="end" />}
      {error && status === "failed" && (
        <p className="ending" role="alert" data-error={error.type}>
          {error.type === "Stopped"
            ? "Stopped here. What was written stays."
            : (error.message ?? error.type)}
        </p>
      )}
    </article>
  );
}

/** The rest of the open path, from the node at `pointer` on; null if that is not open. */
function within(open: string | null, pointer: string): string | null {
  return `${open ?? "-"}/`.startsWith(`${pointer}/`) ? open!.slice(pointer.length) : null;
}

interface SectionProps {
  readonly number: number;
  readonly section: DeepPartial<Section>;
  /** What of it is still being written; null: nothing. */
  readonly open: string | null;
  /** False also for what was broken off. */
  readonly isComplete: boolean;
}

/** Is rendered while it is written, and never again: its props are the same from then on. */
const SectionView = memo(function SectionView(props: SectionProps) {
  const { number, section, open, isComplete } = props;
  const renders = useRenders();
  return (
    <section
      className="part"
      data-section={number}
      data-state={isComplete ? "complete" : open === null ? "left" : "open"}
      data-renders={renders}
    >
      <h2>
        {section.heading}
        {open === "/heading" && <Caret />}
        {isComplete && <Tick />}
      </h2>
      {section.paragraphs?.map((paragraph, i) => (
        <p key={i}>
          {paragraph}
          {open === `/paragraphs/${i}` && <Caret />}
        </p>
      ))}
      {section.table && <Figures table={section.table} open={open} />}
      <small className="renders" title="How often React has rendered this section">
        {renders} renders
      </small>
    </section>
  );
});

function Figures(props: {
  table: NonNullable<DeepPartial<Section>["table"]>;
  open: string | null;
}) {
  const { table, open } = props;
  const rows = table.rows ?? [];
  const most = Math.max(...rows.map((row) => row.revenue ?? 0));
  return (
    <figure>
      <table>
        <caption>
          {table.caption}
          {open === "/table/caption" && <Caret />}
        </caption>
        <thead>
          <tr>
            <th>Quarter</th>
            <th>Revenue</th>
            <th>Margin</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <Record
              key={i}
              row={row}
              most={most}
              isOpen={within(open, `/table/rows/${i}`) !== null}
            />
          ))}
        </tbody>
      </table>
    </figure>
  );
}

function Record(props: { row: DeepPartial<Row>; most: number; isOpen: boolean }) {
  const { row, most, isOpen } = props;
  const waiting = isOpen ? <i className="coming" /> : null;
  return (
    <tr data-state={isOpen ? "open" : "complete"}>
      <th scope="row">{row.quarter ?? waiting}</th>
      <td>
        {row.revenue === undefined ? (
          waiting
        ) : (
          <span className="amount" style={{ "--part": row.revenue / most }}>
            {row.revenue.toFixed(2)}
          </span>
        )}
      </td>
      <td>{row.margin === undefined ? waiting : percent(row.margin)}</td>
    </tr>
  );
}

function Risks(props: { risks: readonly string[]; isOpen: boolean; isComplete: boolean }) {
  const { risks, isOpen, isComplete } = props;
  return (
    <section className="part risks" data-state={isOpen ? "open" : "complete"}>
      <h2>Risks {isComplete && <Tick />}</h2>
      <ul>
        {risks.map((risk, i) => (
          <li key={i}>
            {risk}
            {isOpen && i === risks.length - 1 && <Caret />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Confidence({ value }: { value: number }) {
  return (
    <p className="confidence">
      Confidence <i style={{ "--part": value }} /> <b>{percent(value)}</b>
    </p>
  );
}

const percent = (part: number) => `${(part * 100).toFixed(part === 1 ? 0 : 1)} %`;
const Caret = () => <i className="caret" />;
const Tick = () => <span className="tick" role="img" aria-label="finished" />;

/** How often the component was rendered: for people to see, and for tests. */
function useRenders(): number {
  const renders = useRef(0);
  // Rendering must else have no effects; here it is what is measured.
  return ++renders.current;
}
