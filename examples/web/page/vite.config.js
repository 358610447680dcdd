import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react(), vue()],
  // The client is linked from its own folder, where other copies of these lie.
  resolve: { dedupe: ["react", "vue"] },
  build: { rolldownOptions: { input: ["index.html", "vue.html"] } },
  // `npm run dev` beside `make web`.
  server: { proxy: { "/reports": { target: "http://127.0.0.1:8000", ws: true } } },
});
