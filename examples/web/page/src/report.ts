/** What the backend writes (examples/schemas.py), and how it is asked to. */
export interface Row {
  quarter: string;
  revenue: number;
  margin: number;
}
export interface Section {
  heading: string;
  paragraphs: string[];
  table: { caption: string; rows: Row[] } | null;
}
export interface Report {
  title: string;
  abstract: string;
  sections: Section[];
  risks: string[];
  confidence: number;
}

export const PROMPTS = [
  "Write a detailed year in review for a small chain of coffee shops.",
  "Review the year of a bicycle workshop that started to rent out cargo bikes.",
  "Report on the first year of a public library's tool-lending room.",
];

/** Have a report begun; its name. Throws what the server says against it. */
export async function start(prompt: string): Promise<string> {
  const response = await fetch("/reports", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ prompt }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? response.statusText);
  return answer.name;
}

/** Whether the language model only replays what was recorded. */
export async function isRecorded(): Promise<boolean> {
  const response = await fetch("/service");
  return (await response.json()).recorded;
}

/** Have the language model stopped, for everybody. */
export async function stop(name: string): Promise<void> {
  await fetch(`/reports/${name}`, { method: "DELETE" });
}

export const eventsOf = (name: string) => `/reports/${name}/events`;

/** What the states of a connection are for a reader. */
export const WORDS = {
  connecting: "Connecting",
  streaming: "Writing",
  reconnecting: "Reconnecting",
  done: "Finished",
  failed: "Ended early",
  closed: "Closed",
};
