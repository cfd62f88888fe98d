import type { Problem } from "../problem.ts";
import { type Sentence, sentence } from "../script.ts";
import { shellWord } from "../shell.ts";

/** How a node does not do what it is asked for: for each code with which a script fails. */
export const NODE_PROBLEMS = {
  "no-container-right": sentence(["user", "said"], ({ user, said }) => ({
    message: `${user} is not root, may not use sudo without a password, and gets no privileged container from Docker: ${said || "no reason given"}`,
    remedy: {
      text: `as root: echo ${shellWord(`${user} ALL=(ALL) NOPASSWD: ALL`)} >/etc/sudoers.d/rancher-rollback`,
      on: [],
    },
  })),
  "no-docker-right": sentence(["user", "said"], ({ user, said }) => ({
    message: `${user} is not root, may not use sudo without a password, and may not use Docker: ${said || "no reason given"}`,
    remedy: { text: `as root: usermod -aG docker ${shellWord(user)}`, on: [] },
  })),
} satisfies Record<string, Sentence<Problem>>;
