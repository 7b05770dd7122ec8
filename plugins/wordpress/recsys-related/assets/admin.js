/* The settings page: the test of the connection, the dial, the archive with its progress. */
( function ( wp ) {
	'use strict';

	const { __, sprintf } = wp.i18n;
	const find = ( id ) => document.getElementById( id );
	const ask = ( path, method, data ) => wp.apiFetch( { path: `/recsys/v1/${ path }`, method, data } );

	const result = find( 'recsys-test-result' );
	find( 'recsys-test' ).addEventListener( 'click', async ( { currentTarget: button } ) => {
		button.disabled = true;
		result.className = '';
		result.textContent = __( 'Loading …', 'recsys-related' );
		const data = { url: find( 'recsys-url' ).value, key: find( 'recsys-key' ).value };
		const found = await ask( 'test', 'POST', data ).catch( ( error ) => ( { ok: false, message: error.message } ) );
		result.className = found.ok ? 'is-good' : 'is-bad';
		result.textContent = found.message;
		button.disabled = false;
	} );

	const dial = find( 'recsys-dial' );
	const output = document.querySelector( '.recsys-dial output' );
	const tell = () => ( output.textContent = dial.disabled ? '' : dial.value );
	dial.addEventListener( 'input', tell );
	find( 'recsys-dial-learnt' ).addEventListener( 'change', ( { currentTarget: box } ) => {
		dial.disabled = box.checked;
		find( 'recsys-dial-none' ).disabled = ! box.checked;
		tell();
	} );

	const bar = find( 'recsys-archive-bar' );
	const begin = find( 'recsys-archive' );
	const pause = ( seconds ) => new Promise( ( resolve ) => setTimeout( resolve, 1000 * seconds ) );

	function show( { total, left, refused, wait } ) {
		const [ progress, text ] = bar.children;
		bar.hidden = false;
		progress.max = Math.max( 1, total );
		progress.value = total - left;
		const parts = [
			left
				? /* translators: 1: posts sent, 2: posts in all */ sprintf( __( '%1$d of %2$d', 'recsys-related' ), total - left, total )
				: /* translators: %d: posts in all */ sprintf( __( 'All %d posts have been sent.', 'recsys-related' ), total ),
		];
		if ( refused ) {
			parts.push( /* translators: %d: posts */ sprintf( __( '%d rejected. Reload this page to see why.', 'recsys-related' ), refused ) );
		}
		if ( left && wait > 5 ) {
			parts.push( __( 'The service does not respond. Sending will resume automatically.', 'recsys-related' ) );
		}
		text.textContent = parts.join( ' ' );
	}

	async function follow( found ) {
		begin.disabled = true;
		try {
			for ( ; ; ) {
				show( found );
				if ( ! found.left ) {
					break;
				}
				await pause( found.wait ? Math.min( found.wait, 5 ) : 0 );
				found = await ask( 'archive/step', 'POST' );
			}
		} catch ( error ) {
			bar.children[ 1 ].textContent = error.message;
		}
		begin.disabled = false;
	}

	begin.addEventListener( 'click', async () => {
		const found = await ask( 'archive', 'POST', { anew: find( 'recsys-archive-anew' ).checked } ).catch( () => null );
		if ( found ) {
			follow( found );
		}
	} );
	if ( Number( bar.firstElementChild.dataset.left ) ) {
		ask( 'archive', 'GET' ).then( follow, () => {} );
	}
} )( window.wp );
