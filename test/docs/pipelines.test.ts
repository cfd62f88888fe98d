import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import yargs from "yargs";
import { commands } from "../../cli/commandLine.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { listen } from "../support/server.ts";

const read = (name: string) => readFileSync(new URL(`../../docs/pipelines/${name}`, import.meta.url), "utf8");
const [github, gitlab] = [read("github-actions.yml"), read("gitlab-ci.yml")];

describe.each([
  ["GitHub's", github],
  ["GitLab's", gitlab],
])("%s pipeline", (_, text) => {
  test("types what the command line takes", async () => {
    const typed = [...text.matchAll(/\.bin\/rancher-rollback (.*?)(?: \|\||$)/gm)].map(([, words = ""]) => words);
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

test("GitHub's tells the exit codes 2 and 3 of a plan apart, and applies only what an environment's reviewers approve", () => {
  const { jobs } = parse(github);
  const plan = jobs.plan.steps.find(({ name }: { name?: string }) => name === "plan").run;
  const codes = [0, 1, 2, 3].map((code) => {
    const script = plan.replace(/^.*rancher-rollback plan.*$/m, `(exit ${code}) || code=$?`);
    return spawnSync("sh", ["-e", "-c", script]).status;
  });
  expect(codes).toEqual([0, 1, 0, 3]);
  expect(jobs.apply.environment).toBe("rancher-prod");
  expect(jobs.apply.concurrency).toBe("rancher-rollback-prod");
});

test("GitHub's gives each job its own permissions and an end, and takes actions by their commit", () => {
  const { permissions, jobs } = parse(github);
  expect(permissions).toEqual({});
  for (const job of Object.values<{ permissions: object; "timeout-minutes": number }>(jobs)) {
    expect(job.permissions).toMatchObject({ contents: "read" });
    expect(job["timeout-minutes"]).toBeGreaterThan(0);
  }
  for (const [, version] of github.matchAll(/uses: \S+@(\S+)/g)) expect(version).toMatch(/^[0-9a-f]{40}$/);
});

test("GitLab's comments once, and updates that comment", async () => {
  const folder = tempFolder();
  const notes = [{ id: 7, body: "looks good" }];
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const text = (await request.toArray()).join("");
    const { method, url = "", headers } = request;
    asked.push(`${method} ${url} ${headers["private-token"]}`);
    const id = Number(/notes\/(\d+)$/.exec(url)?.[1] ?? notes.length + 7);
    const written = method === "GET" ? notes : { id, body: JSON.parse(text).body as string };
    if (!Array.isArray(written)) notes[id - 7] = written;
    response.end(JSON.stringify(written));
  });
  const api = `http://127.0.0.1:${await listen(server)}/api/v4`;
  const ofJob = {
    CI_API_V4_URL: api,
    CI_PROJECT_ID: "1",
    CI_MERGE_REQUEST_IID: "2",
    GITLAB_TOKEN: "sesame",
    STACK: "prod",
  };
  const [script = ""] = parse(gitlab).plan.after_script;
  const runs = async () =>
    await promisify(execFile)("sh", ["-ec", script], { cwd: folder, env: { ...process.env, ...ofJob } });
  await runs();
  expect(asked).toEqual([]);
  for (const report of ["first", "second"]) {
    textFile(join(folder, "report/report.md"), `# ${report}\n`);
    await runs();
    expect(notes.slice(1)).toEqual([{ id: 8, body: `<!-- rancher-rollback prod -->\n# ${report}\n` }]);
  }
  const place = "/api/v4/projects/1/merge_requests/2/notes";
  const list = `GET ${place}?sort=asc&per_page=100 sesame`;
  expect(asked).toEqual([list, `POST ${place} sesame`, list, `PUT ${place}/8 sesame`]);
});

test("GitLab's takes the exit code 2 of a plan for changes, and applies by hand only, one at a time", () => {
  const { plan, apply } = parse(gitlab);
  expect(plan.allow_failure.exit_codes).toEqual([2]);
  expect(apply.rules[0].when).toBe("manual");
  expect(apply.resource_group).toBe("rancher-rollback-prod");
  expect(apply.artifacts.when).toBe("always");
  expect(apply.environment.name).toBe("rancher-prod");
});
