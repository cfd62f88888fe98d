import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const PROJECT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(PROJECT, file), "utf8");
const { version, name, bin, scripts, engines } = JSON.parse(read("package.json"));
const tarball = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;

interface Job {
  permissions: Record<string, string>;
  "timeout-minutes": number;
  environment?: string;
  needs?: string;
  steps: { run?: string; uses?: string; with?: Record<string, unknown> }[];
}

describe("the release workflow", () => {
  const text = read(".github/workflows/release.yml");
  const { on, permissions, jobs } = parse(text) as { on: object; permissions: object; jobs: Record<string, Job> };
  const runs = (job: string) => (jobs[job]?.steps ?? []).flatMap(({ run }) => run ?? []).join("\n");

  test("is for tags alone, takes actions by their commit, and gives each job an end and its own permissions", () => {
    expect(on).toEqual({ push: { tags: ["v*"] } });
    expect(permissions).toEqual({});
    for (const [, commit] of text.matchAll(/uses: \S+@(\S+)/g)) expect(commit).toMatch(/^[0-9a-f]{40}$/);
    for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  test("publishes with provenance, after somebody's approval, what another job has built and tested without rights", () => {
    const { build, publish } = jobs;
    expect(build?.permissions).toEqual({ contents: "read" });
    expect(publish?.permissions).toEqual({ contents: "write", "id-token": "write" });
    expect([publish?.needs, publish?.environment]).toEqual(["build", "npm"]);
    expect(runs("publish")).toContain("npm publish --provenance");
    expect(runs("publish")).toContain("sha256sum --check");
    // No script of a dependency runs where the rights are.
    expect(runs("publish")).not.toMatch(/npm (ci|install|run|test)/);
    expect(text).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
  });

  test("makes a software bill of materials of what is installed with the package", () => {
    expect(runs("build")).toMatch(/npm sbom --omit dev --sbom-format cyclonedx > \S+\.cdx\.json/);
  });

  test("runs scripts that there are", () => {
    for (const [, script = ""] of text.matchAll(/npm run (\S+)/g)) expect(Object.keys(scripts)).toContain(script);
  });
});

describe("the container", () => {
  const dockerfile = read("Dockerfile");
  const fits = (pattern: string) => new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);

  test("is built from the package's tarball, and from nothing else of the clone", () => {
    const [, copied = ""] = /^COPY (\S+)/m.exec(dockerfile) ?? [];
    expect(tarball).toMatch(fits(copied));
    expect(read(".dockerignore").trim().split("\n")).toEqual(["*", `!${copied}`]);
  });

  test("has a Node that the package takes, ssh, flock and the command as its entry", () => {
    const [, node] = /^ARG BASE=node:(\d+)-.*slim$/m.exec(dockerfile) ?? [];
    const [, least] = /(\d+)/.exec(engines.node) ?? [];
    expect(Number(node)).toBeGreaterThanOrEqual(Number(least));
    expect(dockerfile).toMatch(/openssh-client util-linux/);
    const [, entry = ""] = /^ENTRYPOINT \["(.*)"\]$/m.exec(dockerfile) ?? [];
    expect(Object.keys(bin)).toContain(entry);
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  test("gives its user the folders that docs/container.md mounts volumes on", () => {
    const [, made = ""] = /install --directory --owner node --group node (.*)/.exec(dockerfile) ?? [];
    const [, home] = /plugins in `(.*?)`: a volume/.exec(read("docs/container.md")) ?? [];
    expect(made.split(" ")).toEqual(["/cluster", home]);
  });
});
