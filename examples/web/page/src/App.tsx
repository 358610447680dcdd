import { usePartial } from "partialjson-client/react";
import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import { Ask } from "./Ask.tsx";
import { Outline, Wire } from "./Instruments.tsx";
import { eventsOf, type Report, stop, WORDS } from "./report.ts";
import { ReportView } from "./ReportView.tsx";
import { keep, Line, load } from "./session.ts";
import { useBytes } from "./useBytes.ts";

/** Which report is shown is in the address, so that another tab can follow the same one. */
function useName(): string | null {
  return useSyncExternalStore(
    (changed) => {
      addEventListener("hashchange", changed);
      return () => removeEventListener("hashchange", changed);
    },
    () => location.hash.slice(1) || null,
  );
}

export function App() {
  const name = useName();
  return name === null ? <Beginning /> : <Reading key={name} name={name} />;
}

function Beginning() {
  return (
    <>
      <Bar />
      <main className="beginning">
        <h1>
          A page that
          <br />
          <em>types itself</em>
          <i className="caret" />
        </h1>
        <p>
          A language model writes a report as one JSON document. Every token of it shows the moment
          it comes, typed, in its place, and only what is new goes over the wire.
        </p>
        <Ask />
      </main>
    </>
  );
}

function Reading({ name }: { name: string }) {
  const session = useMemo(() => load(name), [name]);
  const line = useMemo(() => new Line(), [name]);
  const report = usePartial<Report>(eventsOf(name), {
    fetch: line.fetch,
    from: session.state,
    backoff: { max: 2000 },
  });
  const bytes = useBytes(report, line, session.bytes);
  useFollowing(report.id);

  useEffect(() => {
    const leave = () => keep(name, report, bytes);
    addEventListener("pagehide", leave);
    return () => removeEventListener("pagehide", leave);
  }, [name, report, bytes]);

  const isOver = report.status === "done" || report.status === "failed";
  return (
    <>
      <Bar>
        <Status status={report.status} />
        {isOver ? (
          <a className="button primary" href="#">
            New report
          </a>
        ) : (
          <button className="primary" data-do="stop" onClick={() => void stop(name)}>
            Stop
          </button>
        )}
      </Bar>
      <main className="reading">
        <ReportView report={report} />
        <aside>
          <Wire bytes={bytes} place={report.id} />
          <section className="card tries">
            <h2>Try to break it</h2>
            <button data-do="reload" onClick={() => location.reload()}>
              Reload and resume
            </button>
            <button data-do="cut" disabled={isOver} onClick={() => line.cut(2000)}>
              Cut the line for 2 s
            </button>
            <a className="button" data-do="follow" target="_blank" href={`#${name}`}>
              Follow in another tab
            </a>
          </section>
          <Outline report={report} />
        </aside>
      </main>
    </>
  );
}

function Bar({ children }: { children?: ReactNode }) {
  return (
    <header className="bar">
      <a className="brand" href="#">
        <b>{"{"}</b>partialjson
        <i className="caret" />
      </a>
      <nav>
        <a href="/" aria-current="page">
          React
        </a>
        <a href="/vue.html">Vue</a>
      </nav>
      {children}
    </header>
  );
}

function Status({ status }: { status: keyof typeof WORDS }) {
  return (
    <span className="status" role="status" data-status={status}>
      {WORDS[status]}
    </span>
  );
}

/** Keeps the end in sight, for a reader who has it in sight. */
function useFollowing(moment: unknown): void {
  const isAtEnd = useRef(false);
  useEffect(() => {
    const look = () => {
      const { scrollHeight } = document.documentElement;
      isAtEnd.current = scrollY > 0 && scrollY + innerHeight > scrollHeight - 160;
    };
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  useEffect(() => {
    if (isAtEnd.current) scrollTo({ top: document.documentElement.scrollHeight });
  }, [moment]);
}
