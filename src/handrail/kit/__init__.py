"""What lessons share: data, figures' style, races, timelines. The engine never imports it."""
