import type { Kept } from "partialjson-client";
import { useEffect, useState } from "react";

import { type Bytes, type Line, sizeOfSnapshot } from "./session.ts";

/** What has come over the line, and what would have, had each change been sent as a snapshot. */
export function useBytes(state: Kept, line: Line, before: Bytes): Bytes {
  const [told, setTold] = useState({ id: state.id, snapshots: before.snapshots, events: 0 });
  useEffect(() => {
    setTold((told) =>
      state.id === told.id
        ? told
        : {
            id: state.id,
            snapshots: told.snapshots + sizeOfSnapshot(state),
            events: told.events + 1,
          },
    );
  }, [state]);
  return {
    deltas: before.deltas + line.received,
    snapshots: told.snapshots,
    events: before.events + told.events,
  };
}
