import { createEngineClient } from "../../bridge/client.ts";
import { mountView } from "../../composables/mountView.ts";
import { connectEngine } from "../../platform/runtime-channel.ts";
import { createShell } from "../../platform/shell.ts";
import App from "./App.vue";
import "../../assets/styles/app.css";

mountView(App, createEngineClient(connectEngine), createShell("panel"));
