"""What every process needs: settings, logging, keys, Temporal client and plugin, database pool."""
