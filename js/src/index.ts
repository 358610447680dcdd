export { connect, type Connection, type Options } from "./connect.ts";
export { applyDelta, type Delta, DeltaError, isOpen, type Path, toPointer } from "./delta.ts";
export type { DeepPartial, Failure, JSONValue, Kept, State, Status } from "./types.ts";
