import { expect, test } from "vitest";
import { mountsBelow } from "../../../lab/machine/mounts.ts";

const mountinfo = `22 1 254:0 / / rw - ext4 /dev/vda rw
30 22 0:26 / /cache/engine/docker/overlay2/x/merged rw - overlay overlay rw
31 30 0:27 / /cache/engine/docker/overlay2/x/merged/proc rw - proc proc rw
32 22 0:28 / /cache/engine/docker-of-others rw - tmpfs tmpfs rw
33 22 0:29 / /cache/engine/docker/with\\040space rw - tmpfs tmpfs rw
`;

test("finds what is mounted inside a folder, the innermost first", () => {
  expect(mountsBelow("/cache/engine/docker", mountinfo)).toEqual([
    "/cache/engine/docker/with space",
    "/cache/engine/docker/overlay2/x/merged/proc",
    "/cache/engine/docker/overlay2/x/merged",
  ]);
});

test("does not take a folder for another whose name begins alike", () => {
  expect(mountsBelow("/cache/engine/dock", mountinfo)).toEqual([]);
});
