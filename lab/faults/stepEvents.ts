import { join } from "node:path";
import { StepChannel } from "../../cli/roll/stepChannel.ts";
import { EVENTS_VARIABLE, type StepEvent } from "../../messages/stepEvents.ts";

const POLL_MS = 50;

/** What the steps of this process's rollbacks say of themselves. */
export class HeardSteps {
  private readonly channel: StepChannel;

  /** @param folder where it is kept. */
  constructor(folder: string) {
    this.channel = new StepChannel(join(folder, "step-events"));
    process.env[EVENTS_VARIABLE] = this.channel.file;
  }

  /**
   * Rolls back, and passes on what the steps say as it comes.
   * @throws Error with what the failed step says happened first, or, where none could, with the engine's words.
   */
  async during(rollBack: () => Promise<unknown>, hear: (event: StepEvent) => void = () => {}): Promise<void> {
    const heard: StepEvent[] = [];
    const listen = () => {
      for (const event of this.channel.drain()) {
        heard.push(event);
        hear(event);
      }
    };
    const timer = setInterval(listen, POLL_MS);
    try {
      await rollBack();
      listen();
    } catch (error) {
      listen();
      const failed = heard.find((event) => event.event === "failure");
      throw failed ? new Error(failed.failure.happened[0], { cause: error }) : error;
    } finally {
      clearInterval(timer);
    }
  }
}
