import { hostname } from "node:os";
import { z } from "zod";
import { userName } from "../cluster/operator.ts";

export const operatorSchema = z.object({
  user: z.string(),
  host: z.string(),
  sudoUser: z.string().optional().describe("who became this user with sudo"),
  job: z
    .object({
      system: z.string().describe("such as `GitHub Actions`"),
      id: z.string().optional(),
      url: z.string().optional().describe("its page"),
      startedBy: z.string().optional().describe("by the CI system's own account"),
    })
    .optional()
    .describe("the CI job; absent where the run was started by hand"),
});
export type Operator = z.infer<typeof operatorSchema>;

type Env = Record<string, string | undefined>;

export function operatorOf(env: Env = process.env): Operator {
  const job = jobOf(env);
  return {
    user: userName(env),
    host: hostname(),
    ...(env.SUDO_USER && { sudoUser: env.SUDO_USER }),
    ...(job && { job }),
  };
}

function jobOf(env: Env): Operator["job"] {
  if (env.GITHUB_ACTIONS) {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
    const url = server && repository && run && `${server}/${repository}/actions/runs/${run}`;
    return job("GitHub Actions", run, url, env.GITHUB_ACTOR);
  }
  return env.GITLAB_CI ? job("GitLab CI", env.CI_JOB_ID, env.CI_JOB_URL, env.GITLAB_USER_LOGIN) : undefined;
}

function job(system: string, id?: string, address?: string, startedBy?: string): Operator["job"] {
  const url = page(address);
  return { system, ...(id && { id }), ...(url && { url }), ...(startedBy && { startedBy }) };
}

/** An address without what may be a secret in it: a login, or a query with a token. */
function page(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : undefined;
}
