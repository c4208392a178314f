// Shows what `keryx dev` has to say: an error of the newest version, and that another
// version serves.
(() => {
	const version = Number(document.currentScript.dataset.version); // 0: the page of keryx dev
	let source, box;

	const styled = (name, style, parent) => {
		const element = document.createElement(name);
		Object.assign(element.style, style);
		parent.append(element);
		return element;
	};

	const hide = () => {
		box?.remove();
		box = undefined;
	};

	const show = ({ title, text }) => {
		hide();
		box = document.createElement("keryx-dev");
		const inside = box.attachShadow({ mode: "open" });
		const panel = styled("section", {
			position: "fixed", inset: "auto 0 0 0", zIndex: "2147483647", maxHeight: "60vh", overflow: "auto",
			boxSizing: "border-box", padding: "14px 20px", background: "#1b1b1f", color: "#f4f4f5",
			borderTop: "4px solid #e5484d", font: "14px/1.5 system-ui, sans-serif", textAlign: "left",
		}, inside);
		panel.setAttribute("role", "alert");
		const close = styled("button", {
			float: "right", padding: "4px 12px", border: "1px solid #71717a", borderRadius: "6px",
			background: "transparent", color: "inherit", font: "inherit", cursor: "pointer",
		}, panel);
		close.textContent = "Close";
		close.addEventListener("click", hide);
		styled("strong", { fontSize: "16px" }, panel).textContent = "keryx dev: " + title;
		styled("div", { color: "#a1a1aa" }, panel).textContent = "The version before serves on.";
		styled("pre", { margin: "10px 0 0", whiteSpace: "pre-wrap", font: "13px/1.5 ui-monospace, monospace" }, panel).textContent = text;
		document.documentElement.append(box);
	};

	const update = (status) => {
		if (version === 0) {
			if (status.version !== 0) location.reload();
			else if (document.querySelector("pre").textContent !== status.text) location.reload();
		} else if (status.title !== "" && status.version !== 0) show(status);
		else if (status.version !== version && (status.reload || status.version === 0)) location.reload();
		else hide();
	};

	// A hidden page does not listen: a browser makes only six connections to a server.
	const listen = () => {
		if (document.hidden || source?.readyState < EventSource.CLOSED) return;
		source = new EventSource("/__keryx/dev/events");
		source.onmessage = (event) => update(JSON.parse(event.data));
		source.onerror = () => {
			if (source.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
		};
	};
	document.addEventListener("visibilitychange", () => {
		if (document.hidden) source?.close();
		listen();
	});
	listen();
})();
