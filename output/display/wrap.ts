const NO_BREAK = "\u00a0";

/** A command or a path as `wrap` keeps it on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(" ", NO_BREAK);
}

/** A dash or an arrow in a text never ends a line. */
const ALONE = /^[-→]?$/;

/** A text before it is wrapped, which may be an item of a list, and may be indented. */
export interface Item {
  text: string;
  /** Columns before it. */
  indent?: number;
  /** Before its first line. */
  mark?: "-" | "→";
}

/**
 * A text in lines of at most `width` characters. It breaks at spaces alone: a path or a command that is longer has a line of
 * its own, so that it can be copied. Of an item, the lines after the first begin further right.
 */
export function wrap(item: string | Item, width: number): string[] {
  const { text, indent = 0, mark } = typeof item === "string" ? { text: item } : item;
  const lead = `${" ".repeat(indent)}${mark === undefined ? "" : `${mark} `}`;
  const hanging = " ".repeat(typeof item === "string" ? 0 : indent + 2);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      const room = width - (lines.length === 0 ? lead : hanging).length;
      if (longer.length <= room || ALONE.test(line)) line = longer;
      else {
        lines.push(line);
        line = word;
      }
    }
    lines.push(line);
  }
  return lines.map((line, at) => (at === 0 ? lead : hanging) + line.replaceAll(NO_BREAK, " "));
}
