# Shared by scripts/images and scripts/stack: what .env says holds for them as
# for compose. The environment wins. Lines are NAME=value, unquoted.
# shellcheck shell=bash

if [ -f "$checkout/.env" ]; then
	while IFS='=' read -r name value; do
		if [[ $name =~ ^[A-Z_]+$ ]] && [ -z "${!name+set}" ]; then export "$name=$value"; fi
	done <"$checkout/.env"
fi
