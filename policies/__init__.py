"""Policy files: national law, the table of equated days, and one file per municipality."""
