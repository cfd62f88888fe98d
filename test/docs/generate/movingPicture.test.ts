import { expect, test } from "vitest";
import { asciicast } from "../../../docs/generate/asciicast.ts";
import { movingPicture } from "../../../docs/generate/movingPicture.ts";

const cast = (texts: string[]) =>
  asciicast({ columns: 20, rows: 3, title: "a & b", chunks: texts.map((text, at) => ({ seconds: at * 10, text })) });

test("a film shows each change of the terminal, in its colours, and its last picture where nothing moves", async () => {
  const svg = await movingPicture(cast(["<one>\r\n", "\u001b[31mred\u001b[39m \u001b[2mdim\u001b[22m\r\n", "three"]));
  expect(svg).toContain("<title>a &amp; b</title>");
  expect(svg).toContain('xml:space="preserve">&lt;one&gt;</text>');
  expect(svg).toContain('<tspan class="c1">red</tspan> <tspan class="d">dim</tspan>');
  const frames = svg.match(/<g visibility="\w+">.*<\/g>/g) ?? [];
  expect(frames.map((frame) => frame.match(/<use /g)?.length)).toEqual([1, 2, 3]);
  expect(frames.map((frame) => frame.startsWith('<g visibility="visible">'))).toEqual([false, false, true]);
});

test("a line that stays is in the file once, and a film of one picture does not move", async () => {
  const svg = await movingPicture(cast(["stays\r\n", "new"]));
  expect(svg.match(/stays/g)).toHaveLength(1);
  expect(await movingPicture(cast(["alone"]))).not.toContain("<animate");
});
