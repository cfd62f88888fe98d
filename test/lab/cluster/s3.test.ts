import { expect, test } from "vitest";
import { keysIn } from "../../../lab/cluster/s3.ts";

test("reads the keys from the server's environment file, and none from half a file", () => {
  const text = "MINIO_ROOT_USER=abc\nMINIO_ROOT_PASSWORD=def=\n";
  expect(keysIn(text)).toEqual({ access: "abc", secret: "def=" });
  expect(keysIn("MINIO_ROOT_USER=abc\n")).toBeUndefined();
  expect(keysIn("")).toBeUndefined();
});
