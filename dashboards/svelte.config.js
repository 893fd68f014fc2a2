// The pages hold no figures: they are built once and read the data of the publication they stand in.
import adapter from '@sveltejs/adapter-static';

export default {
	kit: {
		adapter: adapter({ pages: './build', fallback: 'index.html', strict: false })
	}
};
