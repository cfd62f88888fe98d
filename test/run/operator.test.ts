import { hostname, userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { operatorOf } from "../../run/operator.ts";

describe("who started a run", () => {
  test("is a user on a host, where no CI system says more", () => {
    expect(operatorOf({})).toEqual({ user: userInfo().username, host: hostname() });
  });

  test("is also who became that user with sudo", () => {
    expect(operatorOf({ SUDO_USER: "alice" })).toMatchObject({ sudoUser: "alice" });
  });

  test.each([
    [
      "GitHub Actions",
      {
        ...{ GITHUB_ACTIONS: "true", GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "ops/rancher" },
        ...{ GITHUB_RUN_ID: "17", GITHUB_ACTOR: "alice", GITHUB_TOKEN: "sesame" },
      },
      { id: "17", url: "https://github.com/ops/rancher/actions/runs/17", startedBy: "alice" },
    ],
    [
      "GitLab CI",
      { GITLAB_CI: "true", CI_JOB_ID: "7", CI_JOB_URL: "https://gitlab.example.com/j/7", GITLAB_USER_LOGIN: "bob" },
      { id: "7", url: "https://gitlab.example.com/j/7", startedBy: "bob" },
    ],
    ["GitLab CI", { GITLAB_CI: "true", CI_JOB_URL: "https://u:sesame@ci/3/?token=sesame" }, { url: "https://ci/3/" }],
    ["GitLab CI", { GITLAB_CI: "true", CI_JOB_URL: "not an address" }, {}],
    ["GitHub Actions", { GITHUB_ACTIONS: "true" }, {}],
  ])("is a job of %s, without a secret of its environment", (system, env, job) => {
    expect(operatorOf(env).job).toEqual({ system, ...job });
    expect(JSON.stringify(operatorOf(env))).not.toContain("sesame");
  });
});
