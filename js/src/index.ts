export { connect, type Connection, type Options } from "./connect.ts";
export { applyDelta, type Delta, DeltaError } from "./delta.ts";
export { isComplete, isOpen, type Path, toPointer, toSteps } from "./paths.ts";
export type { DeepPartial, Failure, JSONValue, Kept, State, Status } from "./types.ts";
