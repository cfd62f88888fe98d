import { expect, test } from "vitest";
import { tagOf } from "../../cluster/image.ts";

test.each([
  ["rancher/rancher:v2.5.8", "v2.5.8"],
  ["registry.example.com:5000/rancher/rancher:v2.5.8", "v2.5.8"],
  ["registry.example.com:5000/rancher/rancher", undefined],
  ["rancher/rancher:v2.5.8@sha256:0123456789abcdef", "v2.5.8"],
  ["rancher/rancher@sha256:0123456789abcdef", undefined],
  ["unknown", undefined],
])("the version that the image %s names is %s", (image, version) => {
  expect(tagOf(image)).toBe(version);
});
