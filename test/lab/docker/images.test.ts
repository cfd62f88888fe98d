import { expect, test } from "vitest";
import { imagesHash } from "../../../lab/docker/images.ts";
import { run } from "../../../lab/machine/process.ts";

test("tests and the command line know the images by the same name", async () => {
  const images = new URL("../../../lab/docker/images.ts", import.meta.url);
  const script = `import { imagesHash } from ${JSON.stringify(images.href)}; console.log(await imagesHash());`;
  const fromCommandLine = await run(process.execPath, ["--input-type=module", "--eval", script]);
  expect(fromCommandLine.trim()).toBe(await imagesHash());
});
