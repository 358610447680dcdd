import { type FormEvent, useEffect, useState } from "react";

import { isRecorded, PROMPTS, start } from "./report.ts";

/** Where a report is asked for. */
export function Ask() {
  const [prompt, setPrompt] = useState(PROMPTS[0]!);
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isReplay, setReplay] = useState(false);

  useEffect(() => {
    isRecorded().then(setReplay, () => {});
  }, []);

  async function ask(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      location.hash = await start(prompt);
    } catch (error) {
      setProblem(String(error));
      setBusy(false);
    }
  }

  return (
    <form className="ask" onSubmit={(event) => void ask(event)}>
      <textarea
        aria-label="What to write about"
        rows={2}
        required
        maxLength={2000}
        value={prompt}
        onChange={(event) => setPrompt(event.target.value)}
      />
      <button className="primary" disabled={isBusy}>
        Write it
      </button>
      <div className="prompts">
        {PROMPTS.slice(1).map((each) => (
          <button key={each} type="button" onClick={() => setPrompt(each)}>
            {each}
          </button>
        ))}
      </div>
      {isReplay && (
        <p className="note">
          No key was given, so this machine replays one recorded report, whatever is asked. With{" "}
          <code>OPENAI_API_KEY</code> a real model writes.
        </p>
      )}
      {problem && <p role="alert">{problem}</p>}
    </form>
  );
}
