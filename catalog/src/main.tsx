import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Start } from "./app/Start";

const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <Start />
    </StrictMode>,
  );
