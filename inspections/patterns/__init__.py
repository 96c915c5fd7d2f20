"""研判提示: what is looked for over many units at once, each search with its stated rule."""
