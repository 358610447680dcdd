// Follows a document over a real network, and says each state on a line of stdout; to what is said
// on stdin it closes the connection.
import { connect } from "../../js/dist/index.js";

const [url, kept] = process.argv.slice(2);
const connection = connect(url, {
  backoff: { min: 50, max: 200 },
  ...(kept && { from: JSON.parse(kept) }),
});
const say = (state) => process.stdout.write(JSON.stringify(state) + "\n");
say(connection.state);
connection.subscribe(say);
process.stdin.once("data", connection.close).unref();
