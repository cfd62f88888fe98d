/**
 * A text in lines of at most `width` characters. It breaks at spaces, and within a word that is longer than a line.
 * Lines after the first begin at the first one's indent, and `hang` further.
 */
export function wrap(text: string, width: number, hang = 0): string[] {
  const indent = /^ */.exec(text)?.[0] ?? "";
  const hanging = indent + " ".repeat(hang);
  const room = Math.max(1, width - hanging.length);
  const lines: string[] = [];
  let line = "";
  for (const piece of text
    .trimStart()
    .split(" ")
    .flatMap((word) => pieces(word, room))) {
    const longer = line === "" ? piece : `${line} ${piece}`;
    const left = lines.length === 0 ? Math.max(1, width - indent.length) : room;
    if (longer.length <= left) line = longer;
    else {
      lines.push(line);
      line = piece;
    }
  }
  return [...lines, line].map((one, at) => (at === 0 ? indent : hanging) + one);
}

/** A word that does not fit, broken behind punctuation where it has any: names and paths stay readable. */
function pieces(word: string, room: number): string[] {
  if (word.length <= room) return [word];
  const broken = /^.*[/._:,=-]/.exec(word.slice(0, room))?.[0] || word.slice(0, room);
  return [broken, ...pieces(word.slice(broken.length), room)];
}
