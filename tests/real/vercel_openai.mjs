// The Vercel AI SDK by its provider for OpenAI, which takes the Responses API unless told otherwise.
// Usage: node vercel_openai.mjs BASE_URL MODEL.  Prints one line of JSON for each thing tried.

import { createOpenAI } from "@ai-sdk/openai";
import { generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const [baseURL, name] = process.argv.slice(2);
const model = createOpenAI({ baseURL, apiKey: "unused" })(name);
const tools = {
  get_weather: tool({
    description: "The weather of a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => "sun in " + city,
  }),
};
const call = '!tool get_weather {"city":"Oslo"}';
const looped = { model, maxRetries: 0, tools, stopWhen: stepCountIs(3), prompt: call };
const say = (what, value) => console.log(JSON.stringify([what, value]));

const text = await generateText(looped);
say("generateText", [text.text, text.steps.length, text.finishReason]);

const stream = streamText(looped);
let pieces = "";
for await (const piece of stream.textStream) pieces += piece;
say("streamText", [pieces, (await stream.steps).length, await stream.finishReason]);

// What is not stored is sent again as a whole.
const whole = await generateText({ ...looped, providerOptions: { openai: { store: false } } });
say("not stored", [whole.text, whole.steps.length]);

// What is stored is referred to: the provider sends the ids of the assistant's messages.
const first = await generateText({ model, maxRetries: 0, prompt: "!say one" });
const messages = [{ role: "user", content: "!say one" }, ...first.response.messages];
const again = await generateText({ model, maxRetries: 0, messages: [...messages, { role: "user", content: "!say two" }] });
say("conversation", again.text);

const schema = z.object({ n: z.number(), why: z.string() });
const object = await generateObject({ model, maxRetries: 0, schema, prompt: '!json {"n":3,"why":"so"}' });
say("generateObject", object.object);
