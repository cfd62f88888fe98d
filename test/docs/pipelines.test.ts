import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import yargs from "yargs";
import { commands } from "../../cli/commandLine.ts";

const read = (name: string) => readFileSync(new URL(`../../docs/pipelines/${name}`, import.meta.url), "utf8");
const [github, gitlab] = [read("github-actions.yml"), read("gitlab-ci.yml")];

describe.each([
  ["GitHub's", github],
  ["GitLab's", gitlab],
])("%s pipeline", (_, text) => {
  test("types what the command line takes", async () => {
    const typed = [...text.matchAll(/(?:npx rancher-rollback|exec node cli\/main\.ts) (.*?)(?: \|\||$)/gm)].map(
      ([, words = ""]) => words,
    );
    expect(typed.map((words) => words.split(" ")[0])).toEqual(["plan", "apply"]);
    const done: string[] = [];
    for (const words of typed) {
      const parser = commands(yargs(), () => async (args) => {
        done.push(
          `${(args as unknown as { stack: string[] }).stack} ${(args as unknown as { report: string }).report}`,
        );
      });
      await parser.exitProcess(false).parseAsync(words.replaceAll('"$STACK"', "prod").split(" "));
    }
    expect(done).toEqual(["prod report", "prod report"]);
  });

  test("names no secret's value and prints none", () => {
    expect(text).not.toMatch(/echo.*(PASSPHRASE|TOKEN)|set -x/);
  });
});

test("GitHub's takes the exit code 2 of a plan for changes, and applies only what an environment's reviewers approve", () => {
  const { jobs } = parse(github);
  const plan = jobs.plan.steps.find(({ name }: { name?: string }) => name === "plan").run;
  expect(plan).toMatch(/\|\| code=\$\?\n.*"\$code" -eq 0 \] \|\| \[ "\$code" -eq 2 \]/);
  expect(jobs.apply.environment).toBe("rancher-prod");
  expect(jobs.apply.concurrency).toBe("rancher-rollback-prod");
});

test("GitLab's takes the exit code 2 of a plan for changes, and applies by hand only, one at a time", () => {
  const { plan, apply } = parse(gitlab);
  expect(plan.allow_failure.exit_codes).toEqual([2]);
  expect(apply.rules[0].when).toBe("manual");
  expect(apply.resource_group).toBe("rancher-rollback-prod");
  expect(apply.artifacts.when).toBe("always");
});
