/** Unicode's no-break space. */
const NO_BREAK = "\u00a0";

/** A command or a path as `wrap` keeps it on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(" ", NO_BREAK);
}

const MARK = /^[-→]?$/;

/**
 * A text in lines of at most `width` characters. It breaks at spaces alone: a path or a command that is longer has a line of
 * its own, so that it can be copied. Lines after the first begin at the first one's indent, and `hang` further.
 */
export function wrap(text: string, width: number, hang = 0): string[] {
  const indent = /^ */.exec(text)?.[0] ?? "";
  const hanging = indent + " ".repeat(hang);
  const room = Math.max(1, width - hanging.length);
  const lines: string[] = [];
  let line = "";
  for (const word of text.trimStart().split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    const left = lines.length === 0 ? Math.max(1, width - indent.length) : room;
    // A list's mark stays with what it marks.
    if (longer.length <= left || MARK.test(line)) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((one, at) => (at === 0 ? indent : hanging) + one.replaceAll(NO_BREAK, " "));
}
