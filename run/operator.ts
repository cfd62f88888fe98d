import { hostname } from "node:os";
import { z } from "zod";
import { userName } from "../cluster/operator.ts";

/** Who started a run, and from where. */
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

/** The variable that says which CI system runs a job, and those that describe the job, as each system documents them. */
const SYSTEMS: {
  system: string;
  mark: string;
  id: string;
  url: (env: Env) => string | undefined;
  startedBy: string;
}[] = [
  {
    system: "GitHub Actions",
    mark: "GITHUB_ACTIONS",
    id: "GITHUB_RUN_ID",
    url: ({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run }) =>
      server && repository && run && `${server}/${repository}/actions/runs/${run}`,
    startedBy: "GITHUB_ACTOR",
  },
  {
    system: "GitLab CI",
    mark: "GITLAB_CI",
    id: "CI_JOB_ID",
    url: ({ CI_JOB_URL }) => CI_JOB_URL,
    startedBy: "GITLAB_USER_LOGIN",
  },
];

/** Who runs this process, by the system and by the variables that CI systems set. */
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
  const found = SYSTEMS.find(({ mark }) => env[mark]);
  if (!found) return undefined;
  const [id, url, startedBy] = [env[found.id], page(found.url(env)), env[found.startedBy]];
  return { system: found.system, ...(id && { id }), ...(url && { url }), ...(startedBy && { startedBy }) };
}

/** An address without what may be a secret in it: a login, or a query with a token. */
function page(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}` : undefined;
}
