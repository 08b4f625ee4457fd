// OpenAI's own SDK against the Responses API.  Usage: node openai_responses.mjs BASE_URL MODEL
// Prints one line of JSON for each thing tried.

import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0 });
const say = (what, value) => console.log(JSON.stringify([what, value]));

const tools = [
  {
    type: "function",
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    strict: false,
  },
];

const first = await client.responses.create({ model, input: "!say Hello there." });
say("create", [first.output_text, first.status]);

const stream = client.responses.stream({ model, input: "!think Hm.\n!say one two three" });
let pieces = "";
stream.on("response.output_text.delta", (event) => (pieces += event.delta));
const final = await stream.finalResponse();
say("stream", [pieces, final.output_text]);

const parsed = await client.responses.parse({
  model,
  input: '!json {"n":3,"why":"so"}',
  text: { format: zodTextFormat(z.object({ n: z.number(), why: z.string() }), "answer") },
});
say("parse", parsed.output_parsed);

const called = await client.responses.create({ model, tools, input: '!tool get_weather {"city":"Oslo"}' });
const call = called.output.find((item) => item.type === "function_call");
const output = { type: "function_call_output", call_id: call.call_id, output: "sun in " + JSON.parse(call.arguments).city };
const answered = await client.responses.create({ model, tools, input: [output], previous_response_id: called.id });
say("tools", answered.output_text);

const events = [];
const streamed = await client.responses.create({ model, tools, input: '!tool get_weather {"city":"Oslo"}', stream: true });
for await (const event of streamed) events.push(event.type.replace("response.", ""));
say("streamed call", events.filter((type) => !type.endsWith(".delta")));

let made = await client.responses.create({ model, input: "!say later", background: true });
while (["queued", "in_progress"].includes(made.status)) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  made = await client.responses.retrieve(made.id);
}
say("background", made.output_text);

await client.responses.delete(first.id);
const gone = await client.responses.retrieve(first.id).catch((error) => error);
const unknown = await client.responses
  .create({ model, input: "x", previous_response_id: first.id })
  .catch((error) => error);
say("gone", [gone.status, unknown.status, unknown.code, unknown.param]);
