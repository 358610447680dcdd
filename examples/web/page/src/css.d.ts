import "react";

declare module "react" {
  interface CSSProperties {
    /** How much of its width a bar fills, from 0 to 1. */
    "--part"?: number;
  }
}
