import { expect, test } from "vitest";
import { debianRecipe } from "../../../lab/machine/debianRoot.ts";

test("what a root file system offers is part of what it is named after", () => {
  const names = [[], ["docker.io"], ["docker.io", "s3cmd"]].map((offers) =>
    debianRecipe({ packages: ["openssh-server"], offers }),
  );
  expect(new Set(names).size).toBe(3);
  expect(debianRecipe({ packages: ["openssh-server"] })).toBe(names[0]);
});

test("only a root file system with a firewall selects which of the two to use", () => {
  expect(debianRecipe({ packages: ["iptables"] })).toContain("update-alternatives --set iptables");
  expect(debianRecipe({ packages: ["chromium"] })).not.toContain("update-alternatives");
});
