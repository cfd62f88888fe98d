import { createColors } from "picocolors";

/** How the parts of a text are set off; without colour every one is the text itself. */
export type Paint = Record<"good" | "bad" | "warning" | "faint" | "strong", (text: string) => string>;

/** Colours for a terminal that has them; `NO_COLOR` and a stream that is no terminal have none. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const { green, red, yellow, dim, bold } = createColors(stream.hasColors?.() ?? false);
  return { good: green, bad: red, warning: yellow, faint: dim, strong: bold };
}
