// The Vercel AI SDK by its provider for Anthropic: node vercel_anthropic.mjs URL MODEL.
// Each thing it finds is printed as a line of JSON: [what, found].
import { createAnthropic } from '@ai-sdk/anthropic';
import { generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const [url, name] = process.argv.slice(2);
const model = createAnthropic({ baseURL: `${url}/anthropic/v1`, apiKey: 'unused' })(name);
const tell = (what, found) => console.log(JSON.stringify([what, found]));
const tools = {
    get_weather: tool({
        description: 'The weather of a city.',
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => `sun in ${city}`,
    }),
};
const asked = { model, maxRetries: 0, tools, stopWhen: stepCountIs(3), prompt: '!tool get_weather {"city":"Oslo"}' };

const whole = await generateText(asked);
tell('generateText', [whole.text, whole.steps.length, whole.finishReason]);

const streamed = streamText(asked);
let text = '';
for await (const piece of streamed.textStream) text += piece;
tell('streamText', [text, (await streamed.steps).length, await streamed.finishReason]);

const schema = z.object({ n: z.number(), why: z.string() });
const object = await generateObject({ model, maxRetries: 0, schema, prompt: '!json {"n":3,"why":"so"}' });
tell('generateObject', object.object);
