import type { Followed } from "partialjson-client/react";

import type { Report } from "./report.ts";
import type { Bytes } from "./session.ts";

/** What has gone over the wire, beside what whole snapshots would have been. */
export function Wire({ bytes, place }: { bytes: Bytes; place: string | undefined }) {
  const { deltas, snapshots, events } = bytes;
  return (
    <section className="card wire">
      <h2>On the wire</h2>
      <dl>
        <div>
          <dt>Deltas</dt>
          <dd data-bytes="deltas" data-value={deltas}>
            {size(deltas)}
          </dd>
          <i style={{ "--part": snapshots ? Math.min(1, deltas / snapshots) : 0 }} />
        </div>
        <div className="other">
          <dt>Whole snapshots</dt>
          <dd data-bytes="snapshots" data-value={snapshots}>
            {size(snapshots)}
          </dd>
          <i style={{ "--part": snapshots ? 1 : 0 }} />
        </div>
      </dl>
      <p className="factor">
        {deltas > 0 && snapshots > deltas ? (
          <>
            <b>{(snapshots / deltas).toFixed(1)}×</b> less
          </>
        ) : (
          " "
        )}
      </p>
      <p className="place">
        {events} event{events === 1 ? "" : "s"} · byte {place?.split(".").at(-1) ?? 0} of the
        document
      </p>
    </section>
  );
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** The fields of the report: what is finished, what is being written, what is to come. */
export function Outline({ report }: { report: Followed<Report> }) {
  const { value, isOpen, isComplete } = report;
  const entry = (name: string, path: string) => ({
    name,
    path,
    state: isOpen(path) ? "open" : isComplete(path) ? "complete" : "missing",
  });
  const sections = value?.sections ?? [];
  const entries = [
    entry("Title", "/title"),
    entry("Abstract", "/abstract"),
    ...sections.map((each, i) => entry(each.heading || "…", `/sections/${i}`)),
    ...(value?.risks ? [] : [{ name: "Sections to come", path: "/sections/-", state: "missing" }]),
    entry("Risks", "/risks"),
    entry("Confidence", "/confidence"),
  ];
  return (
    <section className="card outline">
      <h2>Fields</h2>
      <ol>
        {entries.map(({ name, path, state }) => (
          <li key={path} data-state={state}>
            {name}
          </li>
        ))}
      </ol>
    </section>
  );
}
