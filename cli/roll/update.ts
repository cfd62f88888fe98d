import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { RollWorkspace } from "./rollTarget.ts";
import type { StepChannel } from "./stepChannel.ts";
import type { Translator } from "./translator.ts";

/** How often the steps are listened to, ms, whatever the engine says. */
const POLL_MS = 250;

/**
 * Updates the stack. Steps say more than the engine passes on, and not only when it does.
 * @returns the stack's outputs.
 */
export async function update(stack: RollWorkspace["stack"], channel: StepChannel, translator: Translator) {
  const listen = () => {
    for (const own of channel.drain()) translator.takeOwn(own);
  };
  const timer = setInterval(listen, POLL_MS);
  try {
    const onEvent = (event: EngineEvent) => {
      listen();
      translator.take(event);
    };
    return (await stack.up({ onEvent })).outputs;
  } finally {
    clearInterval(timer);
    listen();
  }
}
