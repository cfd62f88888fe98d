import { expect, test } from "vitest";
import { rehearsalOptions } from "../../../lab/rehearsals/options.ts";

const own = ["--from", "rancher-cluster.yml", "--snapshot", "before-upgrade.zip"];

test("the failed upgrade is rehearsed if nothing else is named", () => {
  expect(rehearsalOptions([])).toEqual({ asked: "failed-upgrade", keep: false });
  expect(rehearsalOptions(["disaster", "--keep"])).toEqual({ asked: "disaster", keep: true });
});

test("a cluster file and a snapshot are a rehearsal of their own", () => {
  const asked = { clusterFile: "rancher-cluster.yml", snapshot: "before-upgrade.zip" };
  expect(rehearsalOptions([...own, "--keep"])).toEqual({ asked, keep: true });
});

test("the usage is shown and nothing begun when it is asked for", () => {
  expect(rehearsalOptions([...own, "--help"])).toBeUndefined();
});

test.each([
  [own.slice(0, 2), "--from needs --snapshot"],
  [own.slice(2), "--snapshot needs --from"],
  [["disaster", ...own], "leave out disaster"],
  [["earthquake"], 'there is no rehearsal "earthquake", only failed-upgrade, disaster'],
  [["disaster", "failed-upgrade"], "one rehearsal at a time, not disaster, failed-upgrade"],
  [["--form", "rancher-cluster.yml"], "usage: npm run rehearse"],
])("%j is refused: %s", (words, message) => {
  expect(() => rehearsalOptions(words)).toThrow(message);
});
